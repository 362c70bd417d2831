-- Stores a new code for a number, if its cooldown and budgets allow one more SMS. The number's failures decide whether it
-- is the short or the long one of two codes: guessing makes codes longer, it does not lock a citizen out.
-- KEYS   1 code (hash: digest, long, asker, most, guesses, own_guesses)   2 the code before it   3 cooldown   4 sends (window)
--        5 failures at short codes (window)   6 failures in a row (hash: count, last)   7 known addresses (sorted set)
--        8 cooldown, 9 sends (window) of known addresses
-- ARGV   1 digest of the short code   2 digest of the long code   3 address   4 life of the code (s)   5 cooldown (s)
--        6 sends an hour   7 sends a day   8 failures a day, 9 failures in a row, after which codes are long
--        10 guesses at this code
-- reply  {'short' | 'long', 0} | {'cooldown', seconds to wait} | {'spent', seconds to wait}

local HOUR, DAY = 3600, 86400

-- An address from which the number has signed in has a cooldown and sends of its own, which strangers cannot spend.
local known = redis.call('ZSCORE', KEYS[7], ARGV[3])
local cooldown, sends = known and KEYS[8] or KEYS[3], known and KEYS[9] or KEYS[4]

local left = redis.call('PTTL', cooldown)
if left > 0 then return { 'cooldown', math.ceil(left / 1000) } end

local wait = math.max(wait_for(sends, tonumber(ARGV[6]), HOUR), wait_for(sends, tonumber(ARGV[7]), DAY))
if wait > 0 then return { 'spent', wait } end

local in_row = tonumber(redis.call('HGET', KEYS[6], 'count') or 0)
local long = wait_for(KEYS[5], tonumber(ARGV[8]), DAY) > 0 or in_row >= tonumber(ARGV[9])
local digest = long and ARGV[2] or ARGV[1]

-- Kept aside so that otp-withdraw can bring it back when no gateway takes the new one.
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end

redis.call('HSET', KEYS[1], 'digest', digest, 'long', long and 1 or 0, 'asker', ARGV[3],
  'most', ARGV[10], 'guesses', 0, 'own_guesses', 0)
redis.call('EXPIRE', KEYS[1], ARGV[4])
-- A stranger must not replace the code that its owner has just asked for. Each knows whose it is, so that otp-withdraw
-- takes back no other code's.
redis.call('SET', KEYS[3], digest, 'EX', ARGV[5])
if known then redis.call('SET', KEYS[8], digest, 'EX', ARGV[5]) end
record(sends, DAY, digest)
return { long and 'long' or 'short', 0 }
