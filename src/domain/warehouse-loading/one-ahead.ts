/** The values of `source`, each next one fetched while the one before is worked on. */
export async function* oneAhead<T>(source: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = source.next();
      next.catch(() => undefined); // told when its turn comes
      yield value;
    }
  } finally {
    // Not waited for: the source may itself be waiting for somebody who sends nothing any more.
    source.return().catch(() => undefined);
  }
}
