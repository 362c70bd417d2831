-- Forgets the message of a number: it has arrived, or its code was used.
-- reply  1 there was one | 0 there was none

redis.call('HDEL', key.messages, arg.phone)
return redis.call('ZREM', key.due, arg.phone)
