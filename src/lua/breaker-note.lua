-- Notes one failed guess of the whole service, and switches strict mode on when there are more than usual: the only
-- bound that does not grow with an attacker's numbers and addresses.
-- KEYS   1 failures by minute, 2 failures by hour, 3 sign-ins by hour (buckets)   4 strict mode (exists while it is on)
--        5 how often it was entered
-- ARGV   1 least, 2 times the usual: failures in ten minutes   3 least, 4 per cent of the usual: failures in 24 hours
--        5 failures in 100 sign-ins that are usual at most   6 seconds that strict mode lasts
-- reply  0 not strict | how often strict mode was entered

local MINUTE, HOUR, HOURS_A_WEEK, DAYS = 60, 3600, 168, 7
local KEPT_HOURS = HOURS_A_WEEK + 24

count(KEYS[1], MINUTE, 11, 1)
count(KEYS[2], HOUR, KEPT_HOURS, 1)
local minute, hour = place_of(MINUTE), place_of(HOUR)

-- The mean of the seven days before these 24 hours. Whoever fails a little more each day moves what is usual, but not
-- beyond a share of the sign-ins, each of which needs a phone that gets the SMS.
local function usual(from, step)
  local failures, sign_ins = sum(KEYS[2], from, hour - 24, step), sum(KEYS[3], from, hour - 24, step)
  return math.min(failures, tonumber(ARGV[5]) / 100 * sign_ins) / DAYS
end

local most_ten_minutes = math.max(tonumber(ARGV[1]), tonumber(ARGV[2]) * usual(hour - HOURS_A_WEEK, 24) / 6)
local most_day = math.max(tonumber(ARGV[3]), tonumber(ARGV[4]) / 100 * usual(hour - HOURS_A_WEEK - 23))

-- One bucket more than the time has, so that no ten minutes and no 24 hours hold more, whenever they begin.
local ten_minutes, day = sum(KEYS[1], minute - 10, minute), sum(KEYS[2], hour - 24, hour)
-- Once on, it stays until there is clearly less, so that it does not flutter at the edge.
local entered = tonumber(redis.call('GET', KEYS[4]) or 0)
local on = entered > 0
local over = ten_minutes > (on and most_ten_minutes / 2 or most_ten_minutes)
  or day > (on and most_day * 0.8 or most_day)
if not over then return entered end

if not on then entered = redis.call('INCR', KEYS[5]) end
redis.call('SET', KEYS[4], entered, 'EX', ARGV[6])
return entered
