-- Takes a place among what is unfinished at an address: a send, or a guess, that no sign-in of its number from there has
-- followed. The more numbers have signed in from there, the more places there are: a carrier hides thousands of citizens
-- behind one address. The network around it (of IPv6, a /48) has the places of several.
-- reply  {seconds to wait, or 0; seconds of long codes, or 0; numbers that signed in from the address in 24 hours;
--        how many times the address has spent its guesses of strict mode; seconds until a flood is over, or 0}

local MINUTE, HOUR, DAY = 60, 3600, 86400

local calls = redis.call('INCR', key.calls)
if calls == 1 then redis.call('EXPIRE', key.calls, MINUTE) end
if calls > policy.calls_a_minute then
  return { 0, 0, 0, 0, math.max(redis.call('TTL', key.calls), 1) }
end

local function look(failures, sends, signed_in, addresses)
  local numbers = window.count(signed_in, DAY)
  local function wait_at(entries, places, seconds)
    local wait = window.wait(entries, math.floor(places), seconds)
    -- Where people sign in, one who has not finished yet may do so at any moment.
    return numbers > 0 and math.min(wait, 60) or wait
  end
  local guesses = addresses * policy.guesses + policy.guesses_per_sign_in * numbers
  local wait = arg.is_guess == 1 and wait_at(failures, 2 * guesses, DAY)
    or arg.is_guess == 0 and wait_at(sends, addresses * policy.sends + policy.sends_per_sign_in * numbers, HOUR) or 0
  local strict_guesses = math.max(addresses * policy.strict_guesses, policy.strict_guesses_per_sign_in * numbers)
  return wait, wait_at(failures, guesses, DAY), numbers, math.floor(window.count(failures, DAY) / strict_guesses)
end

local entries, network_entries = key.sends, key.network_sends
if arg.is_guess == 1 then entries, network_entries = key.failures, key.network_failures end
local seconds = arg.is_guess == 1 and DAY or HOUR

local wait, long_for, numbers, spent = look(key.failures, key.sends, key.signed_in, 1)
local has_network = key.network_sends ~= key.sends
if has_network then
  local network_wait, network_long_for, _, network_spent =
    look(key.network_failures, key.network_sends, key.network_signed_in, policy.addresses_of_network)
  wait, long_for = math.max(wait, network_wait), math.max(long_for, network_long_for)
  spent = math.max(spent, network_spent)
end
-- A held guess counts until it is given back: the asker's first guess is judged although it is held.
if wait == 0 or arg.is_guess == 1 then
  window.add(entries, seconds, arg.name)
  if has_network then window.add(network_entries, seconds, arg.name) end
  window.add(key.unfinished, DAY, arg.name)
end
return { wait, long_for, numbers, spent, 0 }
