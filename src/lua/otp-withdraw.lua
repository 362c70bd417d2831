-- Takes back a code that no gateway sent: its send and its cooldown are given back, the code before it is valid again.
-- KEYS   1 code   2 the code before it   3 cooldown   4 sends (window)
-- ARGV   1 digest of the code to take back
-- reply  1 withdrawn | 0 that code is no longer the current one

if redis.call('HGET', KEYS[1], 'digest') ~= ARGV[1] then return 0 end

redis.call('DEL', KEYS[1], KEYS[3])
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end
redis.call('ZREMRANGEBYRANK', KEYS[4], -1, -1)
return 1
