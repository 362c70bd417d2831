-- Stores a new code for a number, if its cooldown and its budgets allow one more SMS. The number's failures decide whether
-- the short or the long one of two codes is stored: guessing makes codes longer, but does not lock a citizen out.
-- reply  {'short' | 'long', 0} | {'cooldown' | 'wait', seconds} | {'stranger', seconds that strangers must wait}

local HOUR, DAY = 3600, 86400
local STANDINGS = { 'device', 'known', 'familiar', 'stranger' }

window.rename(key.known, arg.accepted_device, arg.device)
window.rename(key.known, arg.accepted_source, arg.source)
local standing = window.standing(key.known, policy.known_seconds, arg.device, arg.source, arg.otherwise)
local is_unknown = standing == 'familiar' or standing == 'stranger'

local stranger_wait = standing == 'stranger' and arg.stranger_wait or 0
if standing ~= 'device' and arg.wait > 0 then return { 'wait', math.max(arg.wait, stranger_wait) } end
if stranger_wait > 0 then return { 'stranger', stranger_wait } end

-- A caller waits for the sends of its own standing and of better ones; a known device's code is not replaced while it lives.
local wait = 0
for _, better in ipairs(STANDINGS) do
  local name, last = unpack(redis.call('ZRANGE', key[better .. '_sends'], -1, -1, 'WITHSCORES'))
  local lives = better == 'device' and standing ~= better and redis.call('HGET', key.code, 'send') == name
  local seconds = lives and policy.life or policy.cooldown
  if last then wait = math.max(wait, math.ceil((last - now) / 1000 + seconds)) end
  if better == standing then break end
end
if wait > 0 then return { 'cooldown', wait } end

local sends = key[standing .. '_sends']
wait = math.max(window.wait(sends, policy.sends_per_hour, HOUR), window.wait(sends, policy.sends_per_day, DAY))
-- If there are no longer codes, the caller waits instead.
if is_unknown and policy.can_lengthen == 0 then wait = math.max(wait, arg.long_for) end
if wait > 0 then return { 'wait', wait } end

-- The last short guess of the day is reserved for the asker: codes get long before others have used it up.
local in_row = tonumber(redis.call('HGET', key.in_row, 'count') or 0)
local is_long = window.count(key.short, DAY) >= policy.short_per_day - 1 or in_row >= policy.short_in_row - 1
  or is_unknown and arg.long_for > 0

-- Keeps the previous code aside: otp-withdraw restores it if no gateway takes the new one.
redis.call('DEL', key.previous)
if redis.call('EXISTS', key.code) == 1 then redis.call('RENAME', key.code, key.previous) end
redis.call('HSET', key.code, 'send', arg.send, 'digest', is_long and arg.long_digest or arg.short_digest,
  'long', is_long and 1 or 0, 'asker', standing == 'device' and arg.device or arg.asker)
redis.call('EXPIRE', key.code, policy.life)
window.add(sends, DAY, arg.send)
return { is_long and 'long' or 'short', 0 }
