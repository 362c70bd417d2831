-- The vocabulary of every step: how long until something may be done once more. Redis's own clock counts, so that all
-- processes agree on the time; moments are in milliseconds, and what a step is told or tells is in seconds.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A window: the names and moments of what happened in the last `seconds`, in a sorted set.
local window = {}

-- Seconds until one more entry fits under `max`; 0 when one fits now.
function window.wait(set, max, seconds)
  local since = now - seconds * 1000
  local count = redis.call('ZCOUNT', set, '(' .. since, '+inf')
  if count < max then return 0 end
  local next_to_leave = redis.call('ZRANGEBYSCORE', set, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', count - max, 1)[2]
  return math.ceil((next_to_leave - since) / 1000)
end

-- Adds an entry, and forgets those that have left. Without a name, its moment and place make one.
function window.add(set, seconds, name)
  redis.call('ZREMRANGEBYSCORE', set, '-inf', now - seconds * 1000)
  redis.call('ZADD', set, now, name or (now .. '-' .. redis.call('ZCARD', set)))
  redis.call('EXPIRE', set, seconds)
end

-- Tells whether an entry was added in the last `seconds`.
function window.has(set, seconds, name)
  return tonumber(redis.call('ZSCORE', set, name) or 0) > now - seconds * 1000
end

-- A wait that each failure in a row doubles (NIST SP 800-63B-4, 3.2.2): a sorted set of names and moments, forgotten a day
-- after the last.
local backoff = {}

-- The doubling has passed every wait long before, so older failures change nothing.
local FAILURES_KEPT = 32

-- Seconds until the next attempt: `first` after one failure, never more than `max`.
function backoff.wait(set, first, max)
  local failures = redis.call('ZCARD', set)
  if failures == 0 then return 0 end
  local last = redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')[2]
  local wait = math.min(first * 2 ^ (failures - 1), max)
  return math.max(math.ceil((last + wait * 1000 - now) / 1000), 0)
end

function backoff.add(set, name)
  redis.call('ZADD', set, now, name)
  redis.call('ZREMRANGEBYRANK', set, 0, -FAILURES_KEPT - 1)
  redis.call('EXPIRE', set, 86400)
end
