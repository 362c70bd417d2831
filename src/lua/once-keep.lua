-- Keeps the answer of whoever holds the key, until a life after it was claimed: no longer than the code lives.
-- reply  1 kept | 0 the lease has ended, or the request has failed

local by, ends = unpack(redis.call('HMGET', key.once, 'by', 'ends'))
if by ~= arg.by then return 0 end
redis.call('HSET', key.once, 'answer', arg.answer)
redis.call('PEXPIREAT', key.once, ends)
return 1
