import { PenstockError } from '../../domain/errors.js';

/** Longest answer of a registry that is read: a schema of the largest kind, escaped. */
const MAX_ANSWER_BYTES = 8_388_608;

/** @throws PenstockError `registry.refused` when the answer is longer */
export async function readBounded({ body }: Response): Promise<string> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new PenstockError(
        'registry.refused',
        `The schema registry answered with more than ${MAX_ANSWER_BYTES} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
