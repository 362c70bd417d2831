-- Judges one guess. It is counted before it is compared, and a right code is spent in the same step, so parallel
-- guesses can neither share an attempt nor use one code twice (NIST SP 800-63B-4, 3.1.3.2).
-- KEYS   1 code (hash: digest, guesses)   2 failures (window)
-- ARGV   1 digest of the guess   2 guesses a code   3 failures a day
-- reply  {'valid', 0} | {'invalid', attempts left} | {'spent', seconds to wait}

local DAY = 86400

local max_failures = tonumber(ARGV[3])
local wait = wait_for(KEYS[2], max_failures, DAY)
if wait > 0 then return { 'spent', wait } end

-- Nothing to guess at: it cannot succeed, so it costs the citizen nothing.
local digest = redis.call('HGET', KEYS[1], 'digest')
if not digest then return { 'invalid', 0 } end

local guesses = redis.call('HINCRBY', KEYS[1], 'guesses', 1)
record(KEYS[2], DAY)

if digest == ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2])
  return { 'valid', 0 }
end

local left = math.min(tonumber(ARGV[2]) - guesses, max_failures - redis.call('ZCARD', KEYS[2]))
if left <= 0 then redis.call('DEL', KEYS[1]) end
return { 'invalid', math.max(left, 0) }
