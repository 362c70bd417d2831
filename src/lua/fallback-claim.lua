-- Takes the first message whose time has come: of all processes that ask, one gets it, and no message is given twice.
-- reply  the message | nil

local phone = redis.call('ZRANGEBYSCORE', key.due, '-inf', now, 'LIMIT', 0, 1)[1]
if not phone then return nil end
local message = redis.call('HGET', key.messages, phone)
redis.call('ZREM', key.due, phone)
redis.call('HDEL', key.messages, phone)
return message
