const KEY = /^[\u0021-\u007e](?:[\u0020-\u007e]{0,253}[\u0021-\u007e])?$/u;

/** Follows the name of a key in a sentence. */
export const IDEMPOTENCY_KEY_RULE = 'must be 1 to 255 visible ASCII characters, with spaces only between them';

/** Whether a text can name a request, by header or by option: what only one of them could carry would be another request to the other. */
export function isIdempotencyKey(text: string): boolean {
  return KEY.test(text);
}
