-- Tells monitoring what the whole service may still send; changes nothing.
-- reply  {codes left of the hour; of the day; of the hour to strangers; of the day to strangers; seconds of strict mode, or 0}

local HOUR, DAY = 3600, 86400

local function left(max, used)
  return math.max(math.floor(max - used), 0)
end

local hour = left(policy.per_hour, counter.read(key.hour, HOUR))
local day = left(policy.per_day, counter.read(key.day, DAY))
-- As in sms-take.lua: strangers get what unfinished sends have left of a third.
local of_hour = left(math.ceil(policy.per_hour / 3), window.count(key.unfinished, HOUR))
local of_day = left(math.ceil(policy.per_day / 3), window.count(key.unfinished, DAY))
return {
  hour, day, math.min(hour, of_hour), math.min(day, of_day), math.max(redis.call('TTL', key.strict), 0)
}
