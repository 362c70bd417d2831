-- Reads what is unfinished at an address and how much is left there, for the development page; changes nothing.
-- reply  {sends unfinished; sends left; wrong guesses unfinished; guesses left until codes get long; numbers that signed in
--        from the address in 24 hours}

local HOUR, DAY = 3600, 86400

local function left(whose, addresses)
  local sends, guesses, numbers = address.places(whose, addresses)
  return math.max(math.floor(sends) - window.count(key[whose .. 'sends'], HOUR), 0),
    math.max(math.floor(guesses) - window.count(key[whose .. 'failures'], DAY), 0), numbers
end

local sends, guesses, numbers = left('', 1)
if key.network_sends ~= key.sends then
  local network_sends, network_guesses = left('network_', policy.addresses_of_network)
  sends, guesses = math.min(sends, network_sends), math.min(guesses, network_guesses)
end
return { window.count(key.sends, HOUR), sends, window.count(key.failures, DAY), guesses, numbers }
