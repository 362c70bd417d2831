-- Takes a place in a window, if one is left. It can be refunded by its name.
-- reply  0 taken | seconds to wait

local wait = window.wait(key.window, arg.places, arg.seconds)
if wait == 0 then window.add(key.window, arg.seconds, arg.name) end
return wait
