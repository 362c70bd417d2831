-- Takes back a code that no gateway sent: its send and its cooldowns are given back, the code before it is valid again.
-- KEYS   1 code   2 the code before it   3 cooldown, 4 sends (window) of known devices   5, 6 of known addresses
--        7, 8 of strangers
-- ARGV   1, 2 digests of the codes to take back: short and long, one of them was stored
-- reply  1 withdrawn | 0 another code is the current one

local function is_ours(digest) return digest == ARGV[1] or digest == ARGV[2] end

for place = 3, 7, 2 do
  if is_ours(redis.call('GET', KEYS[place])) then redis.call('DEL', KEYS[place]) end
  redis.call('ZREM', KEYS[place + 1], ARGV[1], ARGV[2])
end

local current = redis.call('HGET', KEYS[1], 'digest')
if current and not is_ours(current) then return 0 end

-- Gone already: strangers have burned it while the gateway took its time. Then no older code comes back either.
if current and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('RENAME', KEYS[2], KEYS[1])
else
  redis.call('DEL', KEYS[1], KEYS[2])
end
return 1
