-- Counts an SMS that is about to be sent, unless the service has spent its day. It is counted also when its operator prefix
-- or its address must wait: the number's own step knows who is let through all the same, and whoever is not gives it back.
-- KEYS   1 sent by five minutes, 2 sent by hour, 3 used by hour (buckets): codes of the prefix   4, 5, 6 of the address
--        7 used by day: of the prefix   8 messages, 9 parts of messages of the service by hour
-- ARGV   1 parts of this message   2 messages, 3 parts of the service in 24 hours
--        4 least, 5 times the usual: messages of a prefix in an hour
--        6 messages that are left in an hour where codes are not used   7 per cent of them that must be used
--        8 buckets of five minutes that are too young to tell   9 such buckets to keep
--        10 per cent of the service's messages and parts that are kept back for who is known
-- reply  {'taken', 0, this moment (ms)} | {'service', seconds to wait, 0}: not counted
--        | {'address' | 'low' | 'prefix', seconds to wait, this moment}: 'low' is for what the service has left

local BUCKET, HOUR, DAY, DAYS = 300, 3600, 86400, 7
local parts, few, percent = tonumber(ARGV[1]), tonumber(ARGV[6]), tonumber(ARGV[7])
local young, kept = tonumber(ARGV[8]), tonumber(ARGV[9])
local bucket, hour, day = place_of(BUCKET), place_of(HOUR), place_of(DAY)

local function until_next(seconds)
  return math.ceil(seconds - now / 1000 % seconds)
end

-- One bucket more than the time has, here and below, so that no day and no hour holds more, whenever it begins.
local function last_day(key) return sum(key, hour - 24, hour) end
local messages, all_parts = last_day(KEYS[8]) + 1, last_day(KEYS[9]) + parts
local function is_over(share) return messages > ARGV[2] * share or all_parts > ARGV[3] * share end
if is_over(1) then return { 'service', until_next(HOUR), 0 } end

-- Pumped messages are not used. Only those whose codes are dead are looked at: the others may yet be.
local function is_unused(recent, sent, used, hours)
  local dead = sum(sent, hour - hours, hour) - sum(recent, bucket - young + 1, bucket)
  return dead >= few and sum(used, hour - hours, hour) * 100 < dead * percent
end

-- What is usual are codes that were used: only who holds the numbers can raise that.
local usual_hour = sum(KEYS[7], day - DAYS, day - 1) / DAYS / 24
local most_of_prefix = math.max(tonumber(ARGV[4]), tonumber(ARGV[5]) * usual_hour)

local function must_wait(recent, sent, used, most)
  local last_hour = sum(recent, bucket - HOUR / BUCKET, bucket)
  if last_hour >= most then return true end
  -- Codes that are used now keep the door open, whatever was pumped before.
  if last_hour < math.max(few, sum(used, hour - 1, hour) * 100 / math.max(percent, 1)) then return false end
  return is_unused(recent, sent, used, 1) or is_unused(recent, sent, used, 24)
end

local verdict = must_wait(KEYS[4], KEYS[5], KEYS[6], math.huge) and 'address'
  or is_over(1 - ARGV[10] / 100) and 'low'
  or must_wait(KEYS[1], KEYS[2], KEYS[3], most_of_prefix) and 'prefix' or 'taken'

for _, recent in ipairs({ KEYS[1], KEYS[4] }) do count(recent, BUCKET, kept, 1) end
for _, sent in ipairs({ KEYS[2], KEYS[5], KEYS[8] }) do count(sent, HOUR, 25, 1) end
count(KEYS[9], HOUR, 25, parts)
return { verdict, verdict == 'taken' and 0 or until_next(BUCKET), now }
