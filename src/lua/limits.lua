-- The vocabulary of every step: how long until something may be done once more. Redis's own clock counts, so that all
-- processes agree on the time; moments are in milliseconds, and what a step is told or tells is in seconds.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A window: the names and moments of what happened in the last `seconds`, in a sorted set.
local window = {}

function window.count(set, seconds)
  return redis.call('ZCOUNT', set, '(' .. (now - seconds * 1000), '+inf')
end

-- Seconds until one more entry fits under `max`; 0 when one fits now.
function window.wait(set, max, seconds)
  local since = now - seconds * 1000
  local count = window.count(set, seconds)
  if count < max then return 0 end
  if max < 1 then return seconds end
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

-- Gives an entry another name, if it is there. The names of devices and sources are keyed by a secret: while that is changed,
-- whoever is known by the other secret's name is known by this one's from now on.
function window.rename(set, old, new)
  local moment = redis.call('ZSCORE', set, old)
  if not moment then return end
  redis.call('ZREM', set, old)
  redis.call('ZADD', set, moment, new)
end

-- The devices and sources that a number remembers: the ten that signed in last.
local KNOWN = 10

-- Makes a device and a source known.
function window.know(set, seconds, device, source)
  redis.call('ZADD', set, now, source, now, device)
  redis.call('ZREMRANGEBYRANK', set, 0, -1 - KNOWN)
  redis.call('EXPIRE', set, seconds)
end

-- Tells how well a number knows a caller: by the device, by the source, or as `otherwise` says.
function window.standing(set, seconds, device, source, otherwise)
  return window.has(set, seconds, device) and 'device' or window.has(set, seconds, source) and 'known' or otherwise
end

-- An address and its network, for the steps that have their keys and figures. `whose` is '' for the address, 'network_' for
-- its network.
local address = {}

-- The places for sends and for guesses that are unfinished, not rounded, and the numbers that signed in from there in 24
-- hours: they make more of both.
function address.places(whose, addresses)
  local numbers = window.count(key[whose .. 'signed_in'], 86400)
  return addresses * policy.sends + policy.sends_per_sign_in * numbers,
    addresses * policy.guesses + policy.guesses_per_sign_in * numbers, numbers
end

-- A decaying counter: what is counted fades with a mean life of `seconds`, so that a steady rate reads as what came in that
-- time. Its value and moment are one string: a sum over a day costs as much as one over a minute.
local counter = {}

function counter.read(name, seconds)
  local value, moment = string.match(redis.call('GET', name) or '', '^(%S+) (%S+)$')
  if not value then return 0 end
  return value * math.exp(math.min(moment - now, 0) / (seconds * 1000))
end

function counter.add(name, seconds, amount)
  local value = math.max(counter.read(name, seconds) + amount, 0)
  -- After ten lives, a millionth of it is left of twenty thousand.
  redis.call('SET', name, string.format('%.6f %d', value, now), 'EX', 10 * seconds)
end

-- Seconds until one more fits under `max`.
function counter.wait(name, max, seconds)
  local value = counter.read(name, seconds)
  if value + 1 <= max then return 0 end
  if max <= 1 then return 10 * seconds end
  return math.ceil(seconds * math.log(value / (max - 1)))
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
