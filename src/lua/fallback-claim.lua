-- Gives the first message that is due to one of the processes that ask, and to another one only when that lease has expired:
-- the first process has died, or never got the reply.
-- reply  {number, message} | nil

local phone = redis.call('ZRANGEBYSCORE', key.due, '-inf', now, 'LIMIT', 0, 1)[1]
if not phone then return nil end
redis.call('ZADD', key.due, now + arg.lease * 1000, phone)
return { phone, redis.call('HGET', key.messages, phone) }
