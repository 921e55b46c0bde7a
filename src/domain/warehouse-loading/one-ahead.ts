const NEVER = new AbortController().signal;

/**
 * The values of `source`, each next one fetched while the one before is worked on. Given up by `signal`, also while the
 * source is waited for.
 */
export async function* oneAhead<T>(
  source: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal = NEVER,
): AsyncGenerator<T, void, undefined> {
  let giveUp = (): void => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason as Error);
  });
  givenUp.catch(() => undefined); // told where it is raced for
  signal.addEventListener('abort', giveUp, { once: true });
  let next = source.next();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await Promise.race([next, givenUp]);
      if (done === true) return;
      next = source.next();
      next.catch(() => undefined); // told when its turn comes
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', giveUp);
    next.catch(() => undefined);
    // Not waited for: the source may itself be waiting for somebody who sends nothing any more.
    source.return().catch(() => undefined);
  }
}
