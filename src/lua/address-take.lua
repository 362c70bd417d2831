-- Takes a place among what is unfinished at an address: a send, or a guess, that no sign-in of its number from there has
-- followed. The more numbers have signed in from there, the more places there are: a carrier hides thousands of citizens
-- behind one address. The network around it (of IPv6, a /48) has the places of several.
-- reply  {seconds to wait, or 0; wrong guesses at the address, numbers that signed in there; the same two of the network}

local DAY = 86400

local function since_yesterday(set)
  return redis.call('ZCOUNT', set, '(' .. (now - DAY * 1000), '+inf')
end

local function wait_at(entries, places, numbers)
  local wait = window.wait(entries, math.floor(places + arg.per_sign_in * numbers), arg.seconds)
  -- Where people sign in, one who has not finished yet may do so at any moment.
  return numbers > 0 and math.min(wait, 60) or wait
end

local numbers, network_numbers = since_yesterday(key.signed_in), since_yesterday(key.network_signed_in)
local wait = math.max(
  wait_at(key.entries, arg.places, numbers),
  wait_at(key.network_entries, policy.addresses_of_network * arg.places, network_numbers)
)
local failures, network_failures = since_yesterday(key.failures), since_yesterday(key.network_failures)
-- A held guess counts until it is given back: the asker's first guess is judged although it is held.
if wait == 0 or arg.is_guess == 1 then
  window.add(key.entries, arg.seconds, arg.name)
  window.add(key.network_entries, arg.seconds, arg.name)
  window.add(key.unfinished, DAY, arg.name)
end
return { wait, failures, numbers, network_failures, network_numbers }
