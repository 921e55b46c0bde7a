const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs what has no end of its own: the first signal ends it well, the second ends the process as it is. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
    for (const name of SIGNALS) process.off(name, end);
  };
  for (const name of SIGNALS) process.on(name, end);
  try {
    await work(ending.signal);
  } catch (cause) {
    // What was given up on the way out is no failure.
    if (!ending.signal.aborted) throw cause;
  } finally {
    for (const name of SIGNALS) process.off(name, end);
  }
}
