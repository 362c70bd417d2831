-- Judges one guess. It is counted before it is compared, and a right code is spent in the same step, so parallel
-- guesses can neither share an attempt nor use one code twice (NIST SP 800-63B-4, 3.1.3.2).
-- KEYS   1 code (hash: digest, long, asker, most, guesses, own_guesses)   2 failures at short, 3 at long codes (windows)
--        4 failures at long codes from known addresses (window)   5 failures in a row (hash: count, last)
--        6 known addresses (sorted set)
-- ARGV   1 digest of the guess   2 address   3 failures a day at short codes, 4 of them kept back
--        5 failures a day at long codes, 6 of them kept back   7 failures a day from known addresses
--        8 failures a day that need no wait   9 first wait (s)   10 longest wait (s)   11 in a row, then one an hour
--        12 in a row, then no short code
-- reply  {'valid', 0} | {'invalid', attempts left} | {'void', 0}: no code to guess at | {'spent', seconds to wait}

local HOUR, DAY, MONTH = 3600, 86400, 2592000
local KNOWN_ADDRESSES = 5
local number = {}
for place = 3, 12 do number[place] = tonumber(ARGV[place]) end

-- Nothing to guess at: it cannot succeed, so it costs the citizen nothing.
local digest, long, asker, most, guesses, own_guesses =
  unpack(redis.call('HMGET', KEYS[1], 'digest', 'long', 'asker', 'most', 'guesses', 'own_guesses'))
if not digest then return { 'void', 0 } end

-- Who asked for the code, or guesses from where the number has signed in before, has tries of their own at each code, and
-- no wait for the first: strangers cannot burn it for them.
local known = redis.call('ZSCORE', KEYS[6], ARGV[2])
local own = known or asker == ARGV[2]
local first = asker == ARGV[2] and own_guesses == '0'
local tries = tonumber(own and own_guesses or guesses)
if tries >= tonumber(most) then return { 'void', 0 } end

local window, budget, kept_back = KEYS[2], number[3], number[4]
if long == '1' then window, budget, kept_back = KEYS[3], number[5], number[6] end
if long == '1' and known then window, budget, kept_back = KEYS[4], number[7], 0 end
local favoured = first or known
local wait = wait_for(window, favoured and budget or budget - kept_back, DAY)
local in_row, last = unpack(redis.call('HMGET', KEYS[5], 'count', 'last'))
in_row = tonumber(in_row or 0)
-- No short code is worth a wait: the next one is long, and has a budget of its own.
if long == '0' and (wait > 0 or in_row >= number[12]) then return { 'void', 0 } end
if wait > 0 then return { 'spent', wait } end

if not favoured then
  local since = '(' .. (now - DAY * 1000)
  local failures = redis.call('ZCOUNT', KEYS[2], since, '+inf') + redis.call('ZCOUNT', KEYS[3], since, '+inf')
  local pause = 0
  if failures >= number[8] then pause = math.min(number[9] * 2 ^ (failures - number[8]), number[10]) end
  if in_row >= number[11] then pause = HOUR end
  local remaining = tonumber(last or 0) + pause * 1000 - now
  if remaining > 0 then return { 'spent', math.ceil(remaining / 1000) } end
end

redis.call('HINCRBY', KEYS[1], own and 'own_guesses' or 'guesses', 1)
record(window, DAY)
redis.call('HINCRBY', KEYS[5], 'count', 1)
redis.call('HSET', KEYS[5], 'last', now)

if digest == ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
  redis.call('ZADD', KEYS[6], now, ARGV[2])
  redis.call('ZREMRANGEBYRANK', KEYS[6], 0, -1 - KNOWN_ADDRESSES)
  redis.call('EXPIRE', KEYS[6], MONTH)
  return { 'valid', 0 }
end

local rest = budget - (known and 0 or kept_back) - redis.call('ZCARD', window)
return { 'invalid', math.max(math.min(most - tries - 1, rest), 0) }
