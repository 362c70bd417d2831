-- Stores a new code for a number, if its cooldown and budgets allow one more SMS.
-- KEYS   1 code (hash: digest, guesses)   2 the code before it   3 cooldown   4 sends (window)   5 failures (window)
-- ARGV   1 digest   2 life of the code (s)   3 cooldown (s)   4 sends an hour   5 sends a day   6 failures a day
-- reply  {'stored', 0} | {'cooldown', seconds to wait} | {'spent', seconds to wait}

local HOUR, DAY = 3600, 86400

local cooldown = redis.call('PTTL', KEYS[3])
if cooldown > 0 then return { 'cooldown', math.ceil(cooldown / 1000) } end

-- A number whose failures are spent could not use a code, so none is paid for.
local wait = math.max(
  wait_for(KEYS[4], tonumber(ARGV[4]), HOUR),
  wait_for(KEYS[4], tonumber(ARGV[5]), DAY),
  wait_for(KEYS[5], tonumber(ARGV[6]), DAY)
)
if wait > 0 then return { 'spent', wait } end

-- Kept aside so that otp-withdraw can bring it back when no gateway takes the new one.
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end

redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'guesses', 0)
redis.call('EXPIRE', KEYS[1], ARGV[2])
-- Both know whose they are, so that otp-withdraw takes back no other code's.
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[3])
record(KEYS[4], DAY, ARGV[1])
return { 'stored', 0 }
