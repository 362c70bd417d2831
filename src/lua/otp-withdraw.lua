-- Takes back a code that no gateway sent: its send and its cooldown are given back, the code before it is valid again.
-- KEYS   1 code   2 the code before it   3 cooldown   4 sends (window)   5 cooldown, 6 sends (window) of known addresses
-- ARGV   1 digest of the code to take back
-- reply  1 withdrawn | 0 another code is the current one

local current = redis.call('HGET', KEYS[1], 'digest')
if current and current ~= ARGV[1] then return 0 end

-- Gone already: strangers have burned it while the gateway took its time. Then no older code comes back either.
if current and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('RENAME', KEYS[2], KEYS[1])
else
  redis.call('DEL', KEYS[1], KEYS[2])
end
for _, cooldown in ipairs({ KEYS[3], KEYS[5] }) do
  if redis.call('GET', cooldown) == ARGV[1] then redis.call('DEL', cooldown) end
end
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
return 1
