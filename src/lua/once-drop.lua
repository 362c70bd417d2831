-- Frees the key for the next request: the request that holds it has failed, even if its answer had been kept by then.
-- reply  1 the key is free now | 0 this request did not hold it

if redis.call('HGET', key.once, 'by') ~= arg.by then return 0 end
redis.call('DEL', key.once)
return 1
