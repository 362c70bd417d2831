-- Gives the first message whose time has come to one of all processes that ask, and to another one only when the lease of
-- that one is over: it has died, or never got the reply.
-- reply  {number, message} | nil

local phone = redis.call('ZRANGEBYSCORE', key.due, '-inf', now, 'LIMIT', 0, 1)[1]
if not phone then return nil end
redis.call('ZADD', key.due, now + arg.lease * 1000, phone)
return { phone, redis.call('HGET', key.messages, phone) }
