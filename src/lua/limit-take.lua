-- Takes one place in a window, if one is left.
-- KEYS   1 window
-- ARGV   1 places   2 seconds   3 name of this entry, unique, by which it can be given back
-- reply  0 taken | seconds to wait

local wait = wait_for(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
if wait == 0 then record(KEYS[1], tonumber(ARGV[2]), ARGV[3]) end
return wait
