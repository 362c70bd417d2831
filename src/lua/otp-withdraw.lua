-- Takes back a send that no gateway took: it and its cooldowns are given back, the code before it is valid again.
-- KEYS   1 code   2 the code before it   3 cooldown, 4 sends (window) of known devices   5, 6 of known addresses
--        7, 8 of strangers
-- ARGV   1 name of the send
-- reply  1 withdrawn | 0 the current code is of another send

for place = 3, 7, 2 do
  if redis.call('GET', KEYS[place]) == ARGV[1] then redis.call('DEL', KEYS[place]) end
  redis.call('ZREM', KEYS[place + 1], ARGV[1])
end

local current = redis.call('HGET', KEYS[1], 'send')
if current and current ~= ARGV[1] then return 0 end

-- Gone already: strangers have burned it while the gateway took its time. Then no older code comes back either.
if current and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('RENAME', KEYS[2], KEYS[1])
else
  redis.call('DEL', KEYS[1], KEYS[2])
end
return 1
