-- Makes a device and its source known to a number without a code: in development, where the DEBUG code signs in.
-- reply  1 the device was known, 0 it was not

local is_device = window.has(key.known, policy.known_seconds, arg.device)
-- There is no source if the number is to become somebody's new one.
if arg.source ~= '' then
  window.know(key.known, policy.known_seconds, is_device and arg.device or arg.new_device, arg.source)
end
return is_device and 1 or 0
