-- Stores a new code for a number, if its cooldown and budgets allow one more SMS. The number's failures decide whether it
-- is the short or the long one of two codes: guessing makes codes longer, it does not lock a citizen out.
-- KEYS   1 code (hash: send, digest, long, asker, most, and guesses by whom)   2 the code before it
--        3 failures at short codes (window)   4 failures in a row (hash: count, last)   5 known devices and addresses
--        6 cooldown, 7 sends (window) of known devices   8, 9 of known addresses   10, 11 of strangers
-- ARGV   1 name of this send, unique   2 digest of the short code   3 digest of the long code
--        4 address, or ''   5 device, or ''
--        6 life of the code (s)   7 cooldown (s)   8 sends an hour   9 sends a day
--        10 failures a day, 11 failures in a row, after which codes are long   12 guesses at this code
--        13 seconds for which devices and addresses are known
--        14 seconds that all but known devices must wait: what others have done from their address
--        15 seconds that strangers must wait: what others have done to numbers like this one
--        16 strangers get the long code: 1 or 0; too many guesses from their address were wrong
-- reply  {'short' | 'long', 0} | {'cooldown', seconds to wait} | {'spent', seconds to wait}

local HOUR, DAY = 3600, 86400

local who = standing(KEYS[5], ARGV[5], ARGV[4], tonumber(ARGV[13]))
local held = math.max(who == KNOWN_DEVICE and 0 or tonumber(ARGV[14]), who == STRANGER and tonumber(ARGV[15]) or 0)
if held > 0 then return { 'spent', held } end

local cooldown, sends = KEYS[4 + 2 * who], KEYS[5 + 2 * who]
local left = redis.call('PTTL', cooldown)
if left > 0 then return { 'cooldown', math.ceil(left / 1000) } end

local wait = math.max(window.wait(sends, tonumber(ARGV[8]), HOUR), window.wait(sends, tonumber(ARGV[9]), DAY))
if wait > 0 then return { 'spent', wait } end

local in_row = tonumber(redis.call('HGET', KEYS[4], 'count') or 0)
local long = window.wait(KEYS[3], tonumber(ARGV[10]), DAY) > 0 or in_row >= tonumber(ARGV[11])
  or who == STRANGER and ARGV[16] == '1'
local digest = long and ARGV[3] or ARGV[2]

-- Kept aside so that otp-withdraw can bring it back when no gateway takes the new one.
redis.call('DEL', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RENAME', KEYS[1], KEYS[2]) end

-- Those who share the address of a known device have not asked for its code.
local asker = who == KNOWN_DEVICE and ARGV[5] or ARGV[4]
redis.call('HSET', KEYS[1], 'send', ARGV[1], 'digest', digest, 'long', long and 1 or 0, 'asker', asker, 'most', ARGV[12])
redis.call('EXPIRE', KEYS[1], ARGV[6])
-- Who is known less must not replace the code that its owner has just asked for; that of a known device not while it lives.
-- Each cooldown knows whose it is, so that otp-withdraw takes back no other send's.
for other = who, STRANGER do
  local seconds = who == KNOWN_DEVICE and other ~= who and math.max(ARGV[6], ARGV[7]) or ARGV[7]
  redis.call('SET', KEYS[4 + 2 * other], ARGV[1], 'EX', seconds)
end
window.add(sends, DAY, ARGV[1])
return { long and 'long' or 'short', 0 }
