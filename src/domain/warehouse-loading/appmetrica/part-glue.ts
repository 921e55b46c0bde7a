/** Makes one document of the parts a vendor answered, in order; bytes in, bytes out, nothing else is kept. */
export interface PartGlue {
  /** Rows so far, of all parts. */
  readonly rows: number;
  beginPart(): void;
  /** @throws PenstockError `vendor.broken` when the part is not as documented */
  push(chunk: Uint8Array): Uint8Array[];
  /** @throws PenstockError `vendor.broken` when the part breaks off in the middle of a row */
  endPart(): Uint8Array[];
  /** What stands behind the last part. */
  end(): Uint8Array[];
}

/** The document of all parts, as a stream with flat memory. */
export async function* glueParts(
  glue: PartGlue,
  parts: AsyncIterable<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    glue.beginPart();
    for await (const chunk of part) yield* glue.push(chunk);
    yield* glue.endPart();
  }
  yield* glue.end();
}
