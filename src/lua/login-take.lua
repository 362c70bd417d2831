-- Counts a password for a number as wrong in advance, unless it has to wait. The wait belongs to the number and the source, so
-- guessers elsewhere cannot lock a clerk out. All sources that the number does not know share the guesses of a day.
-- reply  0 counted | seconds to wait

local DAY = 86400
local is_known = window.has(key.known, policy.known_seconds, arg.source)
local wait = backoff.wait(key.row, policy.wait_seconds, policy.wait_max_seconds)
if not is_known then wait = math.max(wait, window.wait(key.strange, policy.failures_per_day, DAY)) end
if wait > 0 then return wait end

backoff.add(key.row, arg.name)
if not is_known then window.add(key.strange, DAY, arg.name) end
return 0
