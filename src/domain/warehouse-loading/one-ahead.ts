const NEVER = new AbortController().signal;

/**
 * The values of `source`, each next one fetched while the one before is worked on. Given up by `signal`, also while the
 * source is waited for.
 */
export async function* oneAhead<T>(
  source: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal = NEVER,
): AsyncGenerator<T, void, undefined> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(next, signal);
      if (done === true) return;
      next = source.next();
      next.catch(() => undefined); // told when its turn comes
      yield value;
    }
  } finally {
    next.catch(() => undefined);
    // Not waited for: the source may itself be waiting for somebody who sends nothing any more.
    source.return().catch(() => undefined);
  }
}

/** Not by Promise.race: a promise that is raced again and again, and never settles, keeps all that it was raced against. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
