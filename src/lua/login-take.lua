-- Counts an attempt at a number's password as one more failure in a row, unless the wait after the last one still runs.
-- KEYS   1 failures in a row (sorted set: name of the attempt, moment); deleted by a success
-- ARGV   1 wait after the first failure (s); each further one doubles it   2 longest wait (s)
--        3 name of this attempt, unique, by which it can be given back
-- reply  0 counted | seconds to wait

local DAY = 86400
-- The doubling has passed every wait long before, so older failures change nothing.
local KEPT = 32

local failures = redis.call('ZCARD', KEYS[1])
if failures > 0 then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
  local wait = math.min(ARGV[1] * 2 ^ (failures - 1), tonumber(ARGV[2]))
  local left = last + wait * 1000 - now
  if left > 0 then return math.ceil(left / 1000) end
end

redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -KEPT - 1)
redis.call('EXPIRE', KEYS[1], DAY)
return 0
