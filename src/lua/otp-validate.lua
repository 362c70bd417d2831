-- Judges one guess. Comparing, counting and spending are one atomic step, so parallel guesses can neither share an attempt
-- nor use one code twice (NIST SP 800-63B-4, 3.1.3.2).
-- reply  {'right', 1 the device was known, 0 it was not} | {'void', 0} nothing to guess at | {'wait', seconds}
--        | {'wrong', attempts left, 1 it counts for the whole service, 0 it does not}

local HOUR, DAY, YEAR = 3600, 86400, 31536000

local digest, long, asker, asker_guessed, guesses =
  unpack(redis.call('HMGET', key.code, 'digest', 'long', 'asker', 'asker_guessed', 'guesses'))
if not digest then return { 'void', 0 } end
local is_long = long == '1'

window.rename(key.known, arg.accepted_device, arg.device)
window.rename(key.known, arg.accepted_source, arg.source)
local standing = window.standing(key.known, policy.known_seconds, arg.device, arg.source, arg.otherwise)
local is_device = standing == 'device'
local is_unknown = standing == 'familiar' or standing == 'stranger'
local is_strict = arg.is_strict == 1 and is_unknown
-- The asker's first guess is judged whatever others did, so they cannot burn a code that is on its way.
local is_asker = asker == arg.asker or asker == arg.device or asker == arg.accepted_asker or asker == arg.accepted_device
local is_first = not asker_guessed and asker ~= '' and is_asker

guesses = tonumber(guesses or 0)
if guesses >= policy.guesses_per_code and not is_first then return { 'void', 0 } end

-- Failures at long codes are counted per standing. Some guesses are reserved for the first guess of an asker: one at short
-- codes, because the next code is long, and one per send at long codes.
local failures = is_long and key[standing .. '_long'] or key.short
local budget = is_long and policy.long_per_day or policy.short_per_day
local reserved = is_device and 0 or is_long and policy.long_reserved or 1
local left = budget - (is_first and 0 or reserved)
local wait = window.wait(failures, left, DAY)
local in_row, last = unpack(redis.call('HMGET', key.in_row, 'count', 'last'))
in_row = tonumber(in_row or 0)
-- A short code is voided rather than waited for, because the next one is long. In strict mode it is void for callers whom the
-- number does not know: otherwise they could collect codes beforehand and guess at all of them at once.
local is_spent = wait > 0 or in_row >= policy.short_in_row - (budget - left)
if not is_long and (is_spent or is_strict) then return { 'void', 0 } end
if is_unknown then wait = math.max(wait, arg.strict_wait) end
if is_strict or not is_device and not is_first then wait = math.max(wait, arg.wait) end
if not is_device and not is_first and in_row >= policy.hourly_in_row then
  wait = math.max(wait, math.ceil((last - now) / 1000 + HOUR))
end
if wait > 0 then return { 'wait', wait } end

if digest == arg.digest or digest == arg.accepted_digest then
  redis.call('RENAME', key.code, key.spent)
  redis.call('HSET', key.spent, 'by', arg.new_device)
  redis.call('DEL', key.short, key.in_row, key.device_long, key.known_long, key.familiar_long, key.stranger_long)
  if arg.source ~= '' then
    window.know(key.known, policy.known_seconds, is_device and arg.device or arg.new_device, arg.source)
  end
  return { 'right', is_device and 1 or 0 }
end

redis.call('HINCRBY', key.code, 'guesses', 1)
if is_first then redis.call('HSET', key.code, 'asker_guessed', 1) end
window.add(failures, DAY)
redis.call('HINCRBY', key.in_row, 'count', 1)
redis.call('HSET', key.in_row, 'last', now)
redis.call('EXPIRE', key.in_row, YEAR)
local rest = math.min(policy.guesses_per_code - guesses - 1, budget - reserved - redis.call('ZCARD', failures))
return { 'wrong', math.max(rest, 0), (is_device or is_long) and 0 or 1 }
