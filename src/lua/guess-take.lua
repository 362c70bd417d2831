-- Notes a guess that is about to be judged, and tells whether the whole service has had too many wrong ones: the only limit
-- that does not grow with an attacker's numbers and sources. Strict mode lasts until fewer than half as many are left; its
-- key expires at that time, in case no further guess comes.
-- reply  {seconds of strict mode that are left, or 0; 1 this guess begins it, or 0; 1 the guesses that are being judged
--        would be too many if all of them were wrong, or 0}

local DAY, TEN_MINUTES, MINUTE = 86400, 600, 60

window.add(key.pending, MINUTE, arg.name)
local most_of_day = policy.per_day + policy.percent / 100 * counter.read(key.sign_ins_of_day, DAY)
local most_of_ten_minutes = policy.per_ten_minutes
  + policy.percent / 100 * counter.read(key.sign_ins_of_ten_minutes, TEN_MINUTES)

local was_strict = redis.call('EXISTS', key.strict) == 1
local share = was_strict and 0.5 or 1
local wrong_of_day = window.count(key.wrong, DAY)
-- This guess may be wrong too.
local is_strict = wrong_of_day + 1 > share * most_of_day
  or window.count(key.wrong, TEN_MINUTES) + 1 > share * most_of_ten_minutes
if not is_strict then
  redis.call('DEL', key.strict)
  return { 0, 0, wrong_of_day + window.count(key.pending, MINUTE) > most_of_day and 1 or 0 }
end

local seconds = math.max(
  window.wait(key.wrong, math.floor(most_of_day / 2) + 1, DAY),
  window.wait(key.wrong, math.floor(most_of_ten_minutes / 2) + 1, TEN_MINUTES),
  1
)
redis.call('SET', key.strict, 1, 'EX', seconds)
return { seconds, was_strict and 0 or 1, 0 }
