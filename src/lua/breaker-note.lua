-- Notes one failed guess of the whole service, and switches strict mode on when there are more than usual: the only
-- bound that does not grow with an attacker's numbers and addresses.
-- KEYS   1 failures by minute (hash)   2 failures by hour (hash)   3 strict mode (exists while it is on)
-- ARGV   1 least, 2 times the usual: failures in ten minutes   3 least, 4 per cent of the usual: failures in 24 hours
--        5 seconds that strict mode lasts
-- reply  1 strict | 0 not

local WEEK_OF_HOURS, DAYS = 168, 7
local minute, hour = math.floor(now / 60000), math.floor(now / 3600000)

local function sum(key, from, upTo, step)
  local fields = {}
  for field = from, upTo, step or 1 do fields[#fields + 1] = field end
  local total = 0
  for _, count in ipairs(redis.call('HMGET', key, unpack(fields))) do total = total + tonumber(count or 0) end
  return total
end

-- A counter that has just been begun is the moment to forget those that nobody looks at any more.
local function count(key, place, keep)
  if redis.call('HINCRBY', key, place, 1) > 1 then return end
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if tonumber(field) <= place - keep then redis.call('HDEL', key, field) end
  end
  redis.call('EXPIRE', key, (WEEK_OF_HOURS + 48) * 3600)
end

count(KEYS[1], minute, 10)
count(KEYS[2], hour, WEEK_OF_HOURS + 24)

-- Usual: this hour of the day, and a day, in the seven days before these 24 hours.
local usual_ten_minutes = sum(KEYS[2], hour - WEEK_OF_HOURS, hour - 24, 24) / DAYS / 6
local usual_day = sum(KEYS[2], hour - WEEK_OF_HOURS - 23, hour - 24) / DAYS
local ten_minutes, day = sum(KEYS[1], minute - 9, minute), sum(KEYS[2], hour - 23, hour)
local most_ten_minutes = math.max(tonumber(ARGV[1]), tonumber(ARGV[2]) * usual_ten_minutes)
local most_day = math.max(tonumber(ARGV[3]), tonumber(ARGV[4]) / 100 * usual_day)

-- Once on, it stays until there is clearly less, so that it does not flutter at the edge.
local on = redis.call('EXISTS', KEYS[3]) == 1
local ten_minutes_over = ten_minutes > (on and most_ten_minutes / 2 or most_ten_minutes)
local day_over = day > (on and most_day * 0.8 or most_day)
if ten_minutes_over or day_over then
  redis.call('SET', KEYS[3], 1, 'EX', ARGV[5])
  on = true
end
return on and 1 or 0
