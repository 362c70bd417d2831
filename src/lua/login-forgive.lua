-- The password was right: forgives the number the failures in a row from this source, and knows the source from now on.
-- The failures of other sources stay, because a sign-in clears only its own.
-- reply  the names of what was forgiven

local SOURCES_KEPT = 10
local names = redis.call('ZRANGE', key.row, 0, -1)
redis.call('DEL', key.row)
if #names > 0 then redis.call('ZREM', key.strange, unpack(names)) end
window.add(key.known, policy.known_seconds, arg.source)
redis.call('ZREMRANGEBYRANK', key.known, 0, -1 - SOURCES_KEPT)
return names
