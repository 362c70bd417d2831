-- Decides which request does the work for a client's key: the first one, until it has answered, has failed, or has let its
-- lease expire.
-- reply  {'mine'} | {'pending'} another is at it | {'answered', the answer} | {'other'} the key is for something else

local asked, answer = unpack(redis.call('HMGET', key.once, 'asked', 'answer'))
if asked and asked ~= arg.asked then return { 'other' } end
if answer then return { 'answered', answer } end
if asked then return { 'pending' } end

redis.call('HSET', key.once, 'asked', arg.asked, 'by', arg.by, 'ends', now + policy.life * 1000)
redis.call('EXPIRE', key.once, arg.lease)
return { 'mine' }
