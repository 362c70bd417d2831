-- Counts one in buckets.
-- KEYS   1 counts (buckets)
-- ARGV   1 length of a bucket (s)   2 buckets to keep
-- reply  1

count(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), 1)
return 1
