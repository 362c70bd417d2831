-- Tells what is unfinished at an address and what is left there, for whoever watches it; changes nothing.
-- reply  {sends unfinished; sends left; wrong guesses unfinished; guesses left until codes get long; numbers that signed in
--        from the address in 24 hours}

local HOUR, DAY = 3600, 86400

-- As address-take.lua has it.
local function left(whose, addresses)
  local numbers = window.count(key[whose .. 'signed_in'], DAY)
  local sends = addresses * policy.sends + policy.sends_per_sign_in * numbers
  local guesses = addresses * policy.guesses + policy.guesses_per_sign_in * numbers
  return math.max(math.floor(sends) - window.count(key[whose .. 'sends'], HOUR), 0),
    math.max(math.floor(guesses) - window.count(key[whose .. 'failures'], DAY), 0)
end

local sends, guesses = left('', 1)
if key.network_sends ~= key.sends then
  local network_sends, network_guesses = left('network_', policy.addresses_of_network)
  sends, guesses = math.min(sends, network_sends), math.min(guesses, network_guesses)
end
return {
  window.count(key.sends, HOUR), sends, window.count(key.failures, DAY), guesses, window.count(key.signed_in, DAY)
}
