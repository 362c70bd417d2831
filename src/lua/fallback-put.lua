-- Keeps a message that goes through the next gateway if it has not arrived in time. It replaces an older one of the number.
-- reply  1

redis.call('HSET', key.messages, arg.phone, arg.message)
redis.call('ZADD', key.due, now + arg.wait * 1000, arg.phone)
return 1
