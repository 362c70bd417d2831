-- Judges one guess. Comparing, counting and spending are one step, so parallel guesses can neither share an attempt nor
-- use one code twice (NIST SP 800-63B-4, 3.1.3.2).
-- KEYS   1 code (hash: digest, long, asker, most, and guesses by whom)   2 failures at short codes (window)
--        3 failures in a row (hash: count, last)   4 known devices and addresses (sorted set)
--        5 failures at long codes (window) of known devices   6 of known addresses   7 of strangers
--        8 the code once it is spent (hash, with `by`: ARGV 4), for otp-unspend
-- ARGV   1 digest of the guess   2 address, or '': then nothing is known from now on   3 device, or ''
--        4 device to know from now on
--        5 seconds that all but known devices must wait: what others have done from here   6 strict: 1 or 0
--        7 failures a day at short codes, 8 of them kept back   9 failures a day at long codes, 10 of them kept back
--        11 failures a day that need no wait   12 first wait (s)   13 longest wait (s)   14 in a row, then one an hour
--        15 in a row, then no short code   16 seconds for which devices and addresses are known
-- reply  {'valid', 1 the device was known, 0 it was not} | {'invalid', attempts left} | {'void', 0}: no code to guess at
--        | {'spent', seconds to wait}

local HOUR, DAY, YEAR = 3600, 86400, 31536000
local KNOWN = 10
local number = {}
for place = 5, 16 do number[place] = tonumber(ARGV[place]) end

local who = standing(KEYS[4], ARGV[3], ARGV[2], number[16])
-- Nothing to guess at: it cannot succeed, so it costs the citizen nothing.
local digest, long, asker, most = unpack(redis.call('HMGET', KEYS[1], 'digest', 'long', 'asker', 'most'))
if not digest then return { 'void', 0 } end

-- Who asked for the code, or is known to the number, has tries of their own at each code, and no wait for the first:
-- strangers cannot burn it for them. Nor can those who share a known address with a known device.
local is_known, is_asker = who ~= STRANGER, asker ~= '' and asker == ARGV[2]
local by = who == KNOWN_DEVICE and 'device' or is_known and 'address' or is_asker and 'asker' or 'others'
local guesses = 'guesses:' .. by
local tries = tonumber(redis.call('HGET', KEYS[1], guesses) or 0)
if tries >= tonumber(most) then return { 'void', 0 } end

local failures_set, budget, kept_back = KEYS[2], number[7], number[8]
if long == '1' then failures_set, budget, kept_back = KEYS[4 + who], number[9], is_known and 0 or number[10] end
if who == KNOWN_DEVICE then kept_back = 0 end
local is_first = is_asker and tries == 0
-- The asker's first guess is judged, whatever others did at the address: the code is on its way already.
if number[5] > 0 and who ~= KNOWN_DEVICE and not is_first then return { 'spent', number[5] } end
local kept = is_first and 0 or kept_back
local wait = window.wait(failures_set, budget - kept, DAY)
local in_row, last = unpack(redis.call('HMGET', KEYS[3], 'count', 'last'))
in_row = tonumber(in_row or 0)
-- No short code is worth a wait: the next one is long, and has a budget of its own. In strict mode those of strangers are
-- void, or they would have been collected before it and guessed at all at once.
if long == '0' then
  local collected = number[6] == 1 and who == STRANGER
  if wait > 0 or in_row >= number[15] - kept or collected then return { 'void', 0 } end
end
if wait > 0 then return { 'spent', wait } end

if who ~= KNOWN_DEVICE and not is_first then
  local since = '(' .. (now - DAY * 1000)
  local failures = redis.call('ZCOUNT', KEYS[2], since, '+inf') + redis.call('ZCOUNT', KEYS[7], since, '+inf')
  local pause = 0
  if not is_known and failures >= number[11] then
    pause = math.min(number[12] * 2 ^ (failures - number[11]), number[13])
  end
  if in_row >= number[14] then pause = HOUR end
  local remaining = tonumber(last or 0) + pause * 1000 - now
  if remaining > 0 then return { 'spent', math.ceil(remaining / 1000) } end
end

if digest == ARGV[1] then
  redis.call('RENAME', KEYS[1], KEYS[8])
  redis.call('HSET', KEYS[8], 'by', ARGV[4])
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[5], KEYS[6], KEYS[7])
  if ARGV[2] ~= '' then
    local device = who == KNOWN_DEVICE and ARGV[3] or ARGV[4]
    redis.call('ZADD', KEYS[4], now, ARGV[2], now, device)
    redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - KNOWN)
    redis.call('EXPIRE', KEYS[4], number[16])
  end
  return { 'valid', who == KNOWN_DEVICE and 1 or 0 }
end

redis.call('HINCRBY', KEYS[1], guesses, 1)
window.add(failures_set, DAY)
redis.call('HINCRBY', KEYS[3], 'count', 1)
redis.call('HSET', KEYS[3], 'last', now)
redis.call('EXPIRE', KEYS[3], YEAR)

local rest = budget - kept_back - redis.call('ZCARD', failures_set)
return { 'invalid', math.max(math.min(most - tries - 1, rest), 0) }
