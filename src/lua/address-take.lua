-- Takes a place among what is unfinished at an address: a send, or a guess, that no sign-in of its number from there has
-- followed. The more numbers have signed in from there, the more places there are: a carrier hides thousands of citizens
-- behind one address. The network around it (of IPv6, a /48) has the places of eight.
-- reply  {seconds to wait, or 0: it was taken; 1: the address has too many wrong guesses, or 0}

local DAY, ADDRESSES = 86400, 8

local function sign_ins(numbers)
  return redis.call('ZCOUNT', numbers, '(' .. (now - DAY * 1000), '+inf')
end

local function wait_at(entries, places, numbers)
  local wait = window.wait(entries, math.floor(places + arg.per_sign_in * numbers), arg.seconds)
  -- Where people sign in, one who has not finished yet may do so at any moment.
  return numbers > 0 and math.min(wait, 60) or wait
end

local numbers = sign_ins(key.signed_in)
local wait = math.max(
  wait_at(key.entries, arg.places, numbers),
  wait_at(key.network_entries, ADDRESSES * arg.places, sign_ins(key.network_signed_in))
)
local failures = policy.failures + policy.failures_per_sign_in * numbers
local has_too_many = window.wait(key.failures, failures, DAY) > 0
if wait == 0 then
  window.add(key.entries, arg.seconds, arg.name)
  window.add(key.network_entries, arg.seconds, arg.name)
  window.add(key.unfinished, DAY, arg.name)
end
return { wait, has_too_many and 1 or 0 }
