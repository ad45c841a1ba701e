// The size of libuv's thread pool, which the environment decides before the first line of ours runs.

/** libuv's own default and maximum. */
const threadsDefault = 4;
const threadsMax = 1024;

/** Threads in the pool of this process: UV_THREADPOOL_SIZE, or four. */
export function threadPoolSize(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const size = Number.parseInt(environment["UV_THREADPOOL_SIZE"] ?? "", 10);
  return Number.isNaN(size) || size < 1 ? threadsDefault : Math.min(size, threadsMax);
}
