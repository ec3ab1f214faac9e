-- Each script is atomic. A tag is one hash with the `lease`, its `epoch`, and the values by field; while a write is under
-- way, the hash has only `until`: the time when the last mark of a write expires (ms). `<tag>#` holds the marks of writes.
-- KEYS[1] is the epoch. A flush changes it, which voids all values of the epoch before.

-- name: get_many
-- KEYS[i] is a tag, ARGV[i] the field; ARGV[1] is a new unique word, ARGV[#KEYS + 1] the ttl in ms.
-- Returns for each a value, a list with the lease of a miss, or an empty list while a write is under way.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('GET', KEYS[1])
if not epoch then
    epoch = ARGV[1]
    redis.call('SET', KEYS[1], epoch)
end
local answers = {}
for i = 2, #KEYS do
    local held = redis.call('HMGET', KEYS[i], 'until', 'epoch', 'lease', ARGV[i])
    if held[1] and tonumber(held[1]) > now then
        answers[i - 1] = {}
    elseif held[2] ~= epoch then
        local lease = ARGV[1] .. ':' .. i
        redis.call('DEL', KEYS[i])
        redis.call('HSET', KEYS[i], 'epoch', epoch, 'lease', lease)
        redis.call('PEXPIRE', KEYS[i], ARGV[#KEYS + 1])
        answers[i - 1] = {lease}
    else
        answers[i - 1] = held[4] or {held[3]}
    end
end
return answers

-- name: set_many
-- KEYS[i] is a tag; ARGV has a lease, a field and a value for each. Returns how many leases still held.
local kept = 0
for i = 2, #KEYS do
    local argument = (i - 2) * 3
    if redis.call('HGET', KEYS[i], 'lease') == ARGV[argument + 1] then
        redis.call('HSET', KEYS[i], ARGV[argument + 2], ARGV[argument + 3])
        kept = kept + 1
    end
end
return kept

-- name: begin_writing
-- KEYS[i] is a tag; ARGV[1] names the write, ARGV[2] is the longest time it takes, in ms.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = now + ARGV[2]
for i = 2, #KEYS do
    local marks = KEYS[i] .. '#'
    redis.call('ZREMRANGEBYSCORE', marks, '-inf', now)
    redis.call('ZADD', marks, deadline, ARGV[1])
    redis.call('PEXPIRE', marks, ARGV[2])
    redis.call('DEL', KEYS[i])
    redis.call('HSET', KEYS[i], 'until', deadline)
    redis.call('PEXPIRE', KEYS[i], ARGV[2])
end

-- name: end_writing
-- KEYS[i] is a tag; ARGV[1] names the write.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #KEYS do
    local marks = KEYS[i] .. '#'
    redis.call('ZREM', marks, ARGV[1])
    local last = redis.call('ZRANGE', marks, -1, -1, 'WITHSCORES')
    redis.call('DEL', KEYS[i])
    if last[2] and tonumber(last[2]) > now then
        redis.call('HSET', KEYS[i], 'until', last[2])
        redis.call('PEXPIRE', KEYS[i], last[2] - now)
    end
end

-- name: forget
-- KEYS[i] is a tag. The marks of writes stay.
for i = 2, #KEYS do
    if redis.call('HEXISTS', KEYS[i], 'until') == 0 then
        redis.call('DEL', KEYS[i])
    end
end
