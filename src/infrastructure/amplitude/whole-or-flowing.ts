/** A source whose bytes are held, or one that flows, from its beginning. */
export type WholeOrFlowing = { readonly whole: Buffer } | { readonly flowing: AsyncGenerator<Uint8Array> };

/** Reads a source to its end, as long as it has no more than some bytes. */
export async function wholeOrFlowing(source: AsyncIterable<Uint8Array>, mostBytes: number): Promise<WholeOrFlowing> {
  const rest = source[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let bytes = 0;
  for (let step = await rest.next(); step.done !== true; step = await rest.next()) {
    begun.push(step.value);
    bytes += step.value.length;
    if (bytes > mostBytes) return { flowing: following(begun, rest) };
  }
  return { whole: Buffer.concat(begun) };
}

/** What was read of a source before, and the rest of it. */
async function* following(begun: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let piece = begun.shift(); piece !== undefined; piece = begun.shift()) yield piece;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}
