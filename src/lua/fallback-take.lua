-- Removes a message just before it is sent, so that no other process sends it too.
-- reply  1 taken | 0 it is not there, or a newer one: its code was used, it has arrived, or another code was sent

if redis.call('HGET', key.messages, arg.phone) ~= arg.message then return 0 end
redis.call('HDEL', key.messages, arg.phone)
redis.call('ZREM', key.due, arg.phone)
return 1
