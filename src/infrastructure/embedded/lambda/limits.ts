/** What AWS Lambda lets an account have, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
export const LIMITS = {
  /** Request and answer of a synchronous invocation. */
  syncPayloadBytes: 6 * 1024 ** 2,
  /** Request of an asynchronous one. */
  asyncPayloadBytes: 1024 ** 2,
  /** Events accepted and not done yet. */
  queuedEvents: 1000,
  /** Instances at work at once, of all functions; AWS begins with as few for new accounts. */
  concurrency: 10,
  /** End of the log that `LogType: Tail` answers. */
  logTailBytes: 4096,
  /** How long a module may take to be imported. */
  initMs: 10_000,
  /** An instance without work leaves after it. */
  idleMs: 5 * 60_000,
  /** Longest time of one invocation. */
  timeoutSeconds: 900,
  memoryMegabytes: 512,
  /** Waits of an asynchronous invocation that failed before it is tried again. */
  retryMs: [60_000, 120_000] as readonly number[],
} as const;

export type LambdaLimits = {
  readonly [K in keyof typeof LIMITS]: (typeof LIMITS)[K] extends number ? number : readonly number[];
};
