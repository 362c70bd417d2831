-- A guess was wrong: it counts against the whole service until its number signs in.
-- reply  1

redis.call('ZREM', key.pending, arg.name)
window.add(key.wrong, 86400, arg.name)
return 1
