-- Restores a code that was spent on a sign-in which then failed. A newer code stays, and so does one spent by another guess.
-- reply  1 it can be used again | 0 it cannot

if redis.call('EXISTS', key.code) == 1 or redis.call('HGET', key.spent, 'by') ~= arg.by then return 0 end
redis.call('RENAME', key.spent, key.code)
return 1
