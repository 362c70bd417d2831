-- Gives a guess back that was right, and notes the number that it signed in.
-- KEYS   1 failures (window)   2 numbers that signed in (window of a day)
-- ARGV   1 name of the guess   2 number
-- reply  1

redis.call('ZREM', KEYS[1], ARGV[1])
record(KEYS[2], 86400, ARGV[2])
return 1
