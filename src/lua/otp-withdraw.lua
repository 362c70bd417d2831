-- Takes back a send that no gateway took: it does not count, and the previous code is valid again.
-- reply  1 withdrawn | 0 the current code is of another send

for _, sends in ipairs({ key.device_sends, key.known_sends, key.familiar_sends, key.stranger_sends }) do
  redis.call('ZREM', sends, arg.send)
end

local current = redis.call('HGET', key.code, 'send')
if current and current ~= arg.send then return 0 end

-- If this code was used, or expired, while the gateway took its time, no older code comes back.
if current and redis.call('EXISTS', key.previous) == 1 then
  redis.call('RENAME', key.previous, key.code)
else
  redis.call('DEL', key.code, key.previous)
end
return 1
