-- Put in front of the steps of a number's codes: how far who calls is known to the number, 1 to 3. Strangers can spend
-- nothing of what the better known have for themselves.

local KNOWN_DEVICE, KNOWN_ADDRESS, STRANGER = 1, 2, 3

-- `known` is a sorted set of the devices and addresses that have signed in, each for so many seconds; '' is none.
local function standing(known, device, address, seconds)
  local function is_known(name)
    return name ~= '' and tonumber(redis.call('ZSCORE', known, name) or 0) > now - seconds * 1000
  end
  return is_known(device) and KNOWN_DEVICE or is_known(address) and KNOWN_ADDRESS or STRANGER
end
