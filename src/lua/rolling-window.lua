-- Put in front of every other script (plugins/redis.ts): how often something happened in the last so many seconds.
-- A window is a sorted set of moments in milliseconds of Redis's own clock, so that all processes agree on time.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Seconds until one more entry fits under `max` in `seconds`; 0 when one fits now.
local function wait_for(key, max, seconds)
  local since = now - seconds * 1000
  local count = redis.call('ZCOUNT', key, '(' .. since, '+inf')
  if count < max then return 0 end
  local next_to_leave = redis.call('ZRANGEBYSCORE', key, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', count - max, 1)[2]
  return math.ceil((next_to_leave - since) / 1000)
end

-- Adds an entry and forgets those older than `seconds`. Without a name, its moment and place make one.
local function record(key, seconds, name)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - seconds * 1000)
  redis.call('ZADD', key, now, name or (now .. '-' .. redis.call('ZCARD', key)))
  redis.call('EXPIRE', key, seconds)
end
