-- Frees the key for the next who asks: the request that holds it has failed, also if its answer was kept by then.
-- reply  1 it is free | 0 another holds it, or nobody does

if redis.call('HGET', key.once, 'by') ~= arg.by then return 0 end
redis.call('DEL', key.once)
return 1
