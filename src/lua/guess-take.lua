-- Counts a guess of the whole service as a wrong one, and tells whether there are too many: the only bound that does not
-- grow with an attacker's numbers and sources. Strict mode lasts until fewer than half as many are left; its key expires
-- when they are, should no guess come any more.
-- reply  {seconds of strict mode that are left, or 0; 1 it begins with this guess, 0 it does not}

local DAY, TEN_MINUTES = 86400, 600

window.add(key.guesses, DAY, arg.name)
local most_of_day = policy.per_day + policy.percent / 100 * counter.read(key.sign_ins_of_day, DAY)
local most_of_ten_minutes = policy.per_ten_minutes
  + policy.percent / 100 * counter.read(key.sign_ins_of_ten_minutes, TEN_MINUTES)

local was_strict = redis.call('EXISTS', key.strict) == 1
local share = was_strict and 0.5 or 1
local is_strict = window.count(key.guesses, DAY) > share * most_of_day
  or window.count(key.guesses, TEN_MINUTES) > share * most_of_ten_minutes
if not is_strict then
  redis.call('DEL', key.strict)
  return { 0, 0 }
end

local seconds = math.max(
  window.wait(key.guesses, math.floor(most_of_day / 2) + 1, DAY),
  window.wait(key.guesses, math.floor(most_of_ten_minutes / 2) + 1, TEN_MINUTES),
  1
)
redis.call('SET', key.strict, 1, 'EX', seconds)
return { seconds, was_strict and 0 or 1 }
