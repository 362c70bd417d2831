-- Takes back the count of an SMS that was not sent, if it was counted and not yet refunded.
-- reply  1 given back | 0 it was not counted

local HOUR, DAY = 3600, 86400

if redis.call('ZREM', key.unfinished, arg.name) == 0 then return 0 end
counter.add(key.day, DAY, -1)
counter.add(key.hour, HOUR, -1)
return 1
