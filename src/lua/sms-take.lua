-- Counts an SMS that is about to be sent, unless the service has spent its day. It is counted also when its operator prefix
-- or its address must wait: the number's own step knows who is let through all the same, and whoever is not gives it back.
-- KEYS   1 sent, 2 used (buckets of five minutes), 3 used by day: codes of the prefix   4 sent, 5 used: of the address
--        6 messages, 7 parts of messages of the service by hour
-- ARGV   1 parts of this message   2 messages, 3 parts of the service in 24 hours
--        4 least, 5 times the usual: messages of a prefix in an hour
--        6 sent in an hour before their use tells anything   7 per cent of them that must be used
--        8 buckets that are too young to tell   9 buckets to keep
-- reply  {'taken', 0} | {'service', seconds to wait}: not counted | {'prefix' | 'address', seconds to wait}

local BUCKET, BUCKETS, HOUR, DAY, DAYS = 300, 12, 3600, 86400, 7
local parts, young, kept = tonumber(ARGV[1]), tonumber(ARGV[8]), tonumber(ARGV[9])
local hour, bucket = place_of(HOUR), place_of(BUCKET)

local function until_next(seconds)
  return math.ceil(seconds - now / 1000 % seconds)
end

-- One stretch more than the time has, so that no hour and no day holds more, whenever it begins.
if sum(KEYS[6], hour - 24, hour) >= tonumber(ARGV[2]) or sum(KEYS[7], hour - 24, hour) + parts > tonumber(ARGV[3]) then
  return { 'service', until_next(HOUR) }
end

-- Pumped messages are not used. Only those whose codes are dead are looked at: the others may yet be.
local function unused(sent_key, used_key)
  local sent = sum(sent_key, bucket - young - BUCKETS + 1, bucket - young)
  if sent < tonumber(ARGV[6]) then return false end
  return sum(used_key, bucket - young - BUCKETS + 1, bucket) * 100 < sent * tonumber(ARGV[7])
end

-- What is usual are codes that were used: nobody else can raise that.
local day = place_of(DAY)
local usual_hour = sum(KEYS[3], day - DAYS, day - 1) / DAYS / 24
local most_hour = math.max(tonumber(ARGV[4]), tonumber(ARGV[5]) * usual_hour)
local is_spent = sum(KEYS[1], bucket - BUCKETS, bucket) >= most_hour
local verdict = (is_spent or unused(KEYS[1], KEYS[2])) and 'prefix' or unused(KEYS[4], KEYS[5]) and 'address' or 'taken'

count(KEYS[1], BUCKET, kept, 1)
count(KEYS[4], BUCKET, kept, 1)
count(KEYS[6], HOUR, 25, 1)
count(KEYS[7], HOUR, 25, parts)
return { verdict, verdict == 'taken' and 0 or until_next(BUCKET) }
