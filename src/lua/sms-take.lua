-- Counts the SMS for a code that is about to be sent, unless the service has spent its day or its hour. Unfinished sends,
-- whose code the number has not used yet, may take up a third of both: beyond that strangers wait, and the rest is for others.
-- reply  {seconds until the service may send, or 0: then it is counted; seconds until strangers may; seconds of strict mode}

local HOUR, DAY = 3600, 86400

local strict = math.max(redis.call('TTL', key.strict), 0)
local wait = math.max(counter.wait(key.day, policy.per_day, DAY), counter.wait(key.hour, policy.per_hour, HOUR))
if wait > 0 then return { wait, 0, strict } end

local stranger_wait = math.max(
  window.wait(key.unfinished, math.ceil(policy.per_day / 3), DAY),
  window.wait(key.unfinished, math.ceil(policy.per_hour / 3), HOUR)
)
counter.add(key.day, DAY, 1)
counter.add(key.hour, HOUR, 1)
window.add(key.unfinished, DAY, arg.name)
return { 0, stranger_wait, strict }
