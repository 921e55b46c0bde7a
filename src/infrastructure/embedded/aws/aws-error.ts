/** A refusal in the words of AWS: the client library makes an exception class of `code`. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further facts by name, for protocols that have a place for them (XML). */
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}
