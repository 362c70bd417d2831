-- Counts something in buckets.
-- KEYS   1 counts (buckets)
-- ARGV   1 length of a bucket (s)   2 buckets to keep   3 how many, less than 0 to take back
-- reply  1

count(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))
return 1
