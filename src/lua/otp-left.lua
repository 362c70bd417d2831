-- Reads what a number's own limits leave for a caller, for the development page; changes nothing.
-- reply  {standing; codes left; seconds that a code lives, or 0; guesses left at it; wrong guesses at short codes left of
--        the day}

local HOUR, DAY = 3600, 86400

-- Steps that write rename an entry known by its name under the other secret; this one only looks it up.
local function name_of(name, accepted)
  return redis.call('ZSCORE', key.known, accepted) and accepted or name
end
local device, source = name_of(arg.device, arg.accepted_device), name_of(arg.source, arg.accepted_source)
local standing = window.standing(key.known, policy.known_seconds, device, source, arg.otherwise)
local sends = key[standing .. '_sends']
local codes = math.min(policy.sends_per_hour - window.count(sends, HOUR), policy.sends_per_day - window.count(sends, DAY))
local lives = math.max(redis.call('TTL', key.code), 0)
local guesses = lives > 0 and policy.guesses_per_code - (redis.call('HGET', key.code, 'guesses') or 0) or 0
local short = policy.short_per_day - window.count(key.short, DAY)
return { standing, math.max(codes, 0), lives, math.max(guesses, 0), math.max(short, 0) }
