-- A number has signed in from an address: forgives what that number had left unfinished there and in the address's network,
-- but nothing of any other number.
-- reply  the names of what was forgiven

local DAY = 86400
local names = redis.call('ZRANGE', key.unfinished, 0, -1)
if #names > 0 then
  for _, entries in ipairs({ key.sends, key.failures, key.network_sends, key.network_failures }) do
    redis.call('ZREM', entries, unpack(names))
  end
  redis.call('DEL', key.unfinished)
end
window.add(key.signed_in, DAY, arg.phone)
window.add(key.network_signed_in, DAY, arg.phone)
return names
