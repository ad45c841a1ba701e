// What is run inside Redis, each as one step that nothing comes between. Times are Redis's own, in microseconds: what the
// replicas' clocks say does not matter.
import { createHash } from "node:crypto";

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
