// What is run inside Redis, each as one step that nothing comes between. Times are Redis's own, in microseconds: what the
// replicas' clocks say does not matter.
import { createHash } from "node:crypto";

/** Of the times that scripts are given and yield. */
export const usPerMs = 1000;

export interface RedisScript {
  readonly lua: string;
  /** By which Redis knows it. */
  readonly sha: string;
}

/** Microseconds need more digits than Lua writes by itself. */
const clock = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function digits(number) return string.format('%.0f', number) end
`;

function script(lua: string): RedisScript {
  const text = `${clock}${lua}`;
  return { lua: text, sha: createHash("sha1").update(text).digest("hex") };
}

/**
 * KEYS: a user's requests, a sorted set by time. ARGV: the member for one more, empty to read only; for how long they are
 * kept; then pairs of a window and its maximum. Yields pairs of how many there were and the time until there is room.
 */
export const requestsScript = script(`
local key, member, kept = KEYS[1], ARGV[1], tonumber(ARGV[2])
if member ~= '' then
  -- Asked twice, where the first answer was lost on its way, it counts once.
  redis.call('ZREM', key, member)
  -- A clock that was set back: what lies ahead of it counts from now, so that it is over after one window.
  for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. digits(now), '+inf')) do
    redis.call('ZADD', key, digits(now), ahead)
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', digits(now - kept))
end
local states, hasRoom = {}, true
for i = 3, #ARGV, 2 do
  local window, max = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local used, free = redis.call('ZCOUNT', key, '(' .. digits(now - window), '+inf'), 0
  if used > 0 then
    -- With more than max in it, room comes when all but max - 1 have left.
    local rank = -math.min(used, max)
    local leaving = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
    free = math.max(0, tonumber(leaving[2]) + window - now)
  end
  if used >= max then hasRoom = false end
  states[#states + 1] = used
  states[#states + 1] = free
end
if member ~= '' and hasRoom then
  redis.call('ZADD', key, digits(now), member)
  redis.call('PEXPIRE', key, math.ceil(kept / 1000))
end
return states
`);

/** KEYS: a name that nobody reads. Whether Redis can be written to. */
export const probeScript = script(`
redis.call('SET', KEYS[1], digits(now), 'PX', 1000)
return {}
`);

/** Forgets the leases that are over, and keeps the key as long as the longest of the others. */
const leases = `
local key = KEYS[1]
redis.call('ZREMRANGEBYSCORE', key, '-inf', digits(now))
local function keep(lease)
  local milliseconds = math.ceil(lease / 1000)
  if redis.call('PTTL', key) < milliseconds then redis.call('PEXPIRE', key, milliseconds) end
end
`;

/**
 * KEYS: a user's places, a sorted set by the end of their leases; so below. ARGV: the member for one more, how many there
 * may be, the time of its lease. Yields 1 if it was taken, else 0, and how many are taken now.
 */
export const takePlaceScript = script(`${leases}
-- Asked twice, where the first answer was lost on its way, it is taken once.
redis.call('ZREM', key, ARGV[1])
local used, lease = redis.call('ZCARD', key), tonumber(ARGV[3])
if used >= tonumber(ARGV[2]) then return {0, used} end
redis.call('ZADD', key, digits(now + lease), ARGV[1])
keep(lease)
return {1, used + 1}
`);

/** ARGV: the time of a lease, and the members whose leases begin again, whether they are known or not. */
export const renewPlacesScript = script(`${leases}
local lease = tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', key, digits(now + lease), ARGV[i]) end
keep(lease)
return {}
`);

/** ARGV: the members that are free. */
export const releasePlacesScript = script(`
for i = 1, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
return {}
`);

/** Yields how many are taken. */
export const countPlacesScript = script(`
return {redis.call('ZCOUNT', KEYS[1], '(' .. digits(now), '+inf')}
`);

/**
 * KEYS: what is said once. ARGV: for how long it is not said again, in milliseconds. Yields 0 for whoever is to say it, and
 * for all others the time until it may be said again, in milliseconds.
 */
export const sayOnceScript = script(`
if redis.call('SET', KEYS[1], digits(now), 'NX', 'PX', ARGV[1]) then return {0} end
return {math.max(1, redis.call('PTTL', KEYS[1]))}
`);
