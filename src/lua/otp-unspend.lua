-- Puts back a code that was spent on a sign-in which then failed. A newer code stays, and so does what another guess spent.
-- KEYS   1 code   2 the code once it was spent (hash: by)
-- ARGV   1 the guess that spent it, as otp-validate was told
-- reply  1 it can be used again | 0 it cannot

if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('HGET', KEYS[2], 'by') ~= ARGV[1] then return 0 end
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
