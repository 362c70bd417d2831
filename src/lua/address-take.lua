-- Takes one place in a window of an address, and notes the number it is for. Both grow with the numbers that have signed
-- in from there: a carrier hides thousands of citizens behind one address, a guesser has none.
-- KEYS   1 window   2 numbers tried in the last hour (window)   3 numbers that signed in (window of a day)
-- ARGV   1 name of this entry, unique   2 number   3 places   4 places more for each sign-in   5 seconds of the window
--        6 numbers an hour
-- reply  0 taken | seconds to wait

local HOUR, DAY = 3600, 86400

local function is_in(key, seconds)
  return tonumber(redis.call('ZSCORE', key, ARGV[2]) or 0) > now - seconds * 1000
end

local signed_in = redis.call('ZCOUNT', KEYS[3], '(' .. (now - DAY * 1000), '+inf')
local wait = wait_for(KEYS[1], tonumber(ARGV[3]) + tonumber(ARGV[4]) * signed_in, tonumber(ARGV[5]))

-- A number counts once, and one that has signed in from here does not count at all.
local has_signed_in = is_in(KEYS[3], DAY)
if not has_signed_in and not is_in(KEYS[2], HOUR) then
  wait = math.max(wait, wait_for(KEYS[2], tonumber(ARGV[6]) + signed_in, HOUR))
end
if wait > 0 then return wait end

record(KEYS[1], tonumber(ARGV[5]), ARGV[1])
if not has_signed_in then record(KEYS[2], HOUR, ARGV[2]) end
return 0
