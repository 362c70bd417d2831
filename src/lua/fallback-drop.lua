-- Forgets the message of a number: it has arrived, its code was used, or another message was sent.
-- reply  1 there was one | 0 there was none

redis.call('HDEL', key.messages, arg.phone)
return redis.call('ZREM', key.due, arg.phone)
