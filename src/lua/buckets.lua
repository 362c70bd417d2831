-- Put in front of the steps that count more than a window could hold: hashes of counts by stretch of time. A place is the
-- number of such stretches since 1970; the name of each key ends with their length in seconds.

local function place_of(seconds)
  return math.floor(now / (seconds * 1000))
end

-- The counts from one place up to another, every `step`th of them.
local function sum(key, from, up_to, step)
  local places = {}
  for place = from, up_to, step or 1 do places[#places + 1] = place end
  local total = 0
  for _, count in ipairs(redis.call('HMGET', key, unpack(places))) do total = total + tonumber(count or 0) end
  return total
end

-- Counts at this moment, for as many stretches of so many seconds.
local function count(key, seconds, kept, amount)
  local place = place_of(seconds)
  -- The first count of a stretch is the moment to forget those that nobody looks at any more.
  if redis.call('HINCRBY', key, place, amount) > amount then return end
  for _, old in ipairs(redis.call('HKEYS', key)) do
    if tonumber(old) <= place - kept then redis.call('HDEL', key, old) end
  end
  redis.call('EXPIRE', key, kept * seconds)
end

-- Takes a count of this moment back. What was all taken back leaves nothing behind, whoever asks from ever new addresses.
local function uncount(key, seconds, amount)
  local place = place_of(seconds)
  if tonumber(redis.call('HGET', key, place) or 0) <= amount then return redis.call('HDEL', key, place) end
  redis.call('HINCRBY', key, place, -amount)
end
