/**
 * Works on items side by side and gives the results in the order of the items.
 *
 * @param ahead how many are begun before the one that is waited for is done
 * @param work begins at once; what it holds is let go of when its result has been taken
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // A failure is told when its turn comes, if it does.
      result.catch(() => undefined);
      begun.push(result);
      if (begun.length > ahead) yield await (begun.shift() as Promise<R>);
    }
    while (begun.length > 0) yield await (begun.shift() as Promise<R>);
  } finally {
    await Promise.allSettled(begun);
  }
}
