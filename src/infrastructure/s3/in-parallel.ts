/**
 * Works on items as they come, several at a time, and takes no more of them than it works on. Ends when all work has ended,
 * with the first failure if there was one. Whoever wants the rest given up after a failure lets the items end, and the work
 * fail.
 */
export async function inParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let item = await source.next(); item.done !== true; item = await source.next()) await work(item.value);
  };
  const all = Array.from({ length: workers }, worker);
  try {
    await Promise.all(all);
  } catch (cause) {
    await Promise.allSettled(all);
    throw cause;
  }
}
