-- Keeps a message that goes by the next gateway when it has not arrived in time. A newer one of the number takes its place.
-- reply  1

redis.call('HSET', key.messages, arg.phone, arg.message)
redis.call('ZADD', key.due, now + arg.wait * 1000, arg.phone)
return 1
