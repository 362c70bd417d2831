-- Put in front of the steps of a number's codes: how far who calls is known to the number, 1 to 3. Strangers can spend
-- nothing of what the better known have for themselves.

local KNOWN_DEVICE, KNOWN_ADDRESS, STRANGER = 1, 2, 3

-- `known` is a sorted set of the devices and addresses that have signed in; device '' is none.
local function standing(known, device, address)
  if device ~= '' and redis.call('ZSCORE', known, device) then return KNOWN_DEVICE end
  return redis.call('ZSCORE', known, address) and KNOWN_ADDRESS or STRANGER
end
