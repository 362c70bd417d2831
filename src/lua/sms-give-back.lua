-- Takes back the count of an SMS that was not sent, where it was counted.
-- KEYS   1 sent by five minutes, 2 sent by hour: to the prefix   3, 4 for the address
--        5 messages, 6 parts of messages of the service by hour
-- ARGV   1 parts of the message   2 moment of the count (ms)
-- reply  1

now = tonumber(ARGV[2])
local BUCKET, HOUR = 300, 3600
for _, recent in ipairs({ KEYS[1], KEYS[3] }) do uncount(recent, BUCKET, 1) end
for _, sent in ipairs({ KEYS[2], KEYS[4], KEYS[5] }) do uncount(sent, HOUR, 1) end
uncount(KEYS[6], HOUR, tonumber(ARGV[1]))
return 1
