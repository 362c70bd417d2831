-- Tells what a number's own limits leave to a caller, for whoever watches it; changes nothing.
-- reply  {standing; seconds until a code may be asked for; codes left of the hour; seconds that a code lives, or 0;
--        guesses left at it; its digits are 1 many, 0 few; wrong guesses at short codes left of the day; wrong in a row}

local HOUR, DAY = 3600, 86400
local STANDINGS = { 'device', 'known', 'familiar', 'stranger' }

local function is_known(name, accepted)
  return window.has(key.known, policy.known_seconds, name) or window.has(key.known, policy.known_seconds, accepted)
end
-- As otp-store.lua has it.
local standing = is_known(arg.device, arg.accepted_device) and 'device'
  or is_known(arg.source, arg.accepted_source) and 'known' or arg.otherwise
local cooldown = 0
for _, better in ipairs(STANDINGS) do
  local last = redis.call('ZRANGE', key[better .. '_sends'], -1, -1, 'WITHSCORES')[2]
  local seconds = better == 'device' and standing ~= better and policy.life or policy.cooldown
  if last then cooldown = math.max(cooldown, math.ceil((last - now) / 1000 + seconds)) end
  if better == standing then break end
end
local sends = key[standing .. '_sends']
local sends_left = math.min(policy.sends_per_hour - window.count(sends, HOUR), policy.sends_per_day - window.count(sends, DAY))
local long, guesses = unpack(redis.call('HMGET', key.code, 'long', 'guesses'))
local lives = math.max(redis.call('TTL', key.code), 0)
return {
  standing, cooldown, math.max(sends_left, 0), lives,
  lives > 0 and math.max(policy.guesses_per_code - (guesses or 0), 0) or 0, tonumber(long or 0),
  math.max(policy.short_per_day - window.count(key.short, DAY), 0),
  tonumber(redis.call('HGET', key.in_row, 'count') or 0)
}
