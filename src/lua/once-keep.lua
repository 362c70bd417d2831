-- Keeps the answer of the request that holds the key, for the life of a code as counted from the claim.
-- reply  1 kept | 0 the lease has ended, or the request has failed

local by, ends = unpack(redis.call('HMGET', key.once, 'by', 'ends'))
if by ~= arg.by then return 0 end
redis.call('HSET', key.once, 'answer', arg.answer)
redis.call('PEXPIREAT', key.once, ends)
return 1
