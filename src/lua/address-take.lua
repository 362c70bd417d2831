-- Takes a place among the unfinished attempts of an address: a send, or a guess, that its number has not yet followed by a
-- sign-in from there. The more numbers have signed in from there, the more places it has, because a carrier hides thousands
-- of citizens behind one address. The network around it (for IPv6, a /48) has the places of several addresses.
-- reply  {seconds until a flood is over, or 0; seconds to wait, or 0; seconds of long codes, or 0; numbers that signed in
--        from the address in 24 hours; how many times the address has spent its guesses of strict mode}

local MINUTE, HOUR, DAY = 60, 3600, 86400
local is_guess = arg.is_guess == 1
local what, seconds = is_guess and 'failures' or 'sends', is_guess and DAY or HOUR

local calls = redis.call('INCR', key.calls)
if calls == 1 then redis.call('EXPIRE', key.calls, MINUTE) end
if calls > policy.calls_a_minute then return { math.max(redis.call('TTL', key.calls), 1), 0, 0, 0, 0 } end

local function look(whose, addresses)
  local failures, sends, guesses, numbers = key[whose .. 'failures'], address.places(whose, addresses)
  local strict_guesses = math.max(addresses * policy.strict_guesses, policy.strict_guesses_per_sign_in * numbers)
  local function wait_at(entries, places, length)
    local wait = window.wait(entries, math.floor(places), length)
    -- Where people have signed in, an unfinished attempt may turn into a sign-in at any moment.
    return numbers > 0 and math.min(wait, MINUTE) or wait
  end
  return wait_at(key[whose .. what], is_guess and 2 * guesses or sends, seconds), wait_at(failures, guesses, DAY),
    numbers, math.floor(window.count(failures, DAY) / strict_guesses)
end

local wait, long_for, numbers, times_spent = look('', 1)
local has_network = key.network_sends ~= key.sends
if has_network then
  local network_wait, network_long_for, _, network_times_spent = look('network_', policy.addresses_of_network)
  wait, long_for = math.max(wait, network_wait), math.max(long_for, network_long_for)
  times_spent = math.max(times_spent, network_times_spent)
end
-- A guess that has to wait counts until it is refunded, because the asker's first guess is judged anyway.
if wait == 0 or is_guess then
  window.add(key[what], seconds, arg.name)
  if has_network then window.add(key['network_' .. what], seconds, arg.name) end
  window.add(key.unfinished, DAY, arg.name)
end
return { 0, wait, long_for, numbers, times_spent }
