-- Counts a sign-in for the whole service, and forgives what its number had left unfinished.
-- reply  1

local DAY, TEN_MINUTES = 86400, 600

for name in string.gmatch(arg.names, '%S+') do
  redis.call('ZREM', key.pending, name)
  redis.call('ZREM', key.wrong, name)
  redis.call('ZREM', key.unfinished, name)
end
counter.add(key.sign_ins_of_day, DAY, 1)
counter.add(key.sign_ins_of_ten_minutes, TEN_MINUTES, 1)
return 1
