-- Each runs in Redis without anything in between. A tag is one hash: `lease`, `epoch`, `writers`, and the values by field.
-- KEYS[1] is the epoch: a flush changes it, and what was filled under another epoch is void.

-- name: get_many
-- KEYS[i] is a tag, ARGV[i] the field; ARGV[1] a word nobody used before, ARGV[#KEYS + 1] the ttl in ms.
-- For each a value, the lease of a miss in a list, or an empty list where a writer is at work.
local epoch = redis.call('GET', KEYS[1])
if not epoch then
    epoch = ARGV[1]
    redis.call('SET', KEYS[1], epoch)
end
local answers = {}
for i = 2, #KEYS do
    local held = redis.call('HMGET', KEYS[i], 'writers', 'epoch', 'lease', ARGV[i])
    if held[1] then
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
-- KEYS[i] is a tag, then three ARGV for each: lease, field, value. How many had a lease that still holds.
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
-- KEYS[i] is a tag; ARGV[1] the longest that a write takes, in ms.
for i = 2, #KEYS do
    if redis.call('HEXISTS', KEYS[i], 'writers') == 0 then
        redis.call('DEL', KEYS[i])
    end
    redis.call('HINCRBY', KEYS[i], 'writers', 1)
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
end

-- name: end_writing
-- KEYS[i] is a tag.
for i = 2, #KEYS do
    local writers = tonumber(redis.call('HGET', KEYS[i], 'writers') or '0')
    if writers > 1 then
        redis.call('HINCRBY', KEYS[i], 'writers', -1)
    else
        redis.call('DEL', KEYS[i])
    end
end

-- name: forget
-- KEYS[i] is a tag.
for i = 2, #KEYS do
    if redis.call('HEXISTS', KEYS[i], 'writers') == 0 then
        redis.call('DEL', KEYS[i])
    end
end
