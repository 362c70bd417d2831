-- The vocabulary of every step: how long until something may be done again. Time comes from the clock of Redis, so that all
-- processes agree on it. Timestamps are in milliseconds; arguments and replies are in seconds.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A window: a sorted set with the names and times of what happened in the last `seconds`.
local window = {}

function window.count(set, seconds)
  return redis.call('ZCOUNT', set, '(' .. (now - seconds * 1000), '+inf')
end

-- Seconds until `max` leaves room for one more entry; 0 if it does now.
function window.wait(set, max, seconds)
  local since = now - seconds * 1000
  local count = window.count(set, seconds)
  if count < max then return 0 end
  if max < 1 then return seconds end
  local next_to_leave = redis.call('ZRANGEBYSCORE', set, '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', count - max, 1)[2]
  return math.ceil((next_to_leave - since) / 1000)
end

-- Adds an entry and removes those that have left the window. Without a name, its time and the size of the set make one.
function window.add(set, seconds, name)
  redis.call('ZREMRANGEBYSCORE', set, '-inf', now - seconds * 1000)
  redis.call('ZADD', set, now, name or (now .. '-' .. redis.call('ZCARD', set)))
  redis.call('EXPIRE', set, seconds)
end

-- Tells whether an entry was added in the last `seconds`.
function window.has(set, seconds, name)
  return tonumber(redis.call('ZSCORE', set, name) or 0) > now - seconds * 1000
end

-- Renames an entry, if it exists. The names of devices and sources are keyed by a secret: while the secret is being rotated,
-- an entry known by its name under the other secret is known by its name under this one from now on.
function window.rename(set, old, new)
  local moment = redis.call('ZSCORE', set, old)
  if not moment then return end
  redis.call('ZREM', set, old)
  redis.call('ZADD', set, moment, new)
end

-- How many devices and sources a number remembers: the ten that signed in last.
local KNOWN = 10

-- Makes a device and a source known.
function window.know(set, seconds, device, source)
  redis.call('ZADD', set, now, source, now, device)
  redis.call('ZREMRANGEBYRANK', set, 0, -1 - KNOWN)
  redis.call('EXPIRE', set, seconds)
end

-- Tells how well a number knows a caller: by the device, by the source, or else as `otherwise` says.
function window.standing(set, seconds, device, source, otherwise)
  return window.has(set, seconds, device) and 'device' or window.has(set, seconds, source) and 'known' or otherwise
end

-- An address and its network, for the steps that are given their keys and limits. `whose` is '' for the address, 'network_'
-- for its network.
local address = {}

-- The places for unfinished sends and guesses, not rounded, and how many numbers signed in from there in 24 hours, which
-- adds to both.
function address.places(whose, addresses)
  local numbers = window.count(key[whose .. 'signed_in'], 86400)
  return addresses * policy.sends + policy.sends_per_sign_in * numbers,
    addresses * policy.guesses + policy.guesses_per_sign_in * numbers, numbers
end

-- A decaying counter: counts fade with a mean life of `seconds`, so that a steady rate reads as the amount of that period.
-- Its value and time are one string: a sum over a day costs no more than one over a minute.
local counter = {}

function counter.read(name, seconds)
  local value, moment = string.match(redis.call('GET', name) or '', '^(%S+) (%S+)$')
  if not value then return 0 end
  return value * math.exp(math.min(moment - now, 0) / (seconds * 1000))
end

function counter.add(name, seconds, amount)
  local value = math.max(counter.read(name, seconds) + amount, 0)
  -- After ten mean lives, less than one is left of twenty thousand.
  redis.call('SET', name, string.format('%.6f %d', value, now), 'EX', 10 * seconds)
end

-- Seconds until `max` leaves room for one more.
function counter.wait(name, max, seconds)
  local value = counter.read(name, seconds)
  if value + 1 <= max then return 0 end
  if max <= 1 then return 10 * seconds end
  return math.ceil(seconds * math.log(value / (max - 1)))
end

-- A wait that doubles with each failure in a row (NIST SP 800-63B-4, 3.2.2): a sorted set of names and times, which expires
-- a day after the last failure.
local backoff = {}

-- By then the doubling has long passed any maximum wait, so older failures change nothing.
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
