import { createHmac, timingSafeEqual } from 'node:crypto';

/** Tokens a client hands back unread, such as shard iterators: signed, so that nobody can make or change one. */
export class OpaqueTokens<T extends object> {
  /** `kind` keeps one sort of token from being taken for another. */
  constructor(
    private readonly secret: string,
    private readonly kind: string,
  ) {}

  seal(content: T): string {
    const body = Buffer.from(JSON.stringify(content)).toString('base64');
    return `${this.signature(body)}${body}`;
  }

  /** Nothing for a text this endpoint has not made. */
  open(token: string): T | undefined {
    const body = token.slice(SIGNATURE_CHARS);
    const given = Buffer.from(token.slice(0, SIGNATURE_CHARS));
    const expected = Buffer.from(this.signature(body));
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as T; // signed, so made by seal
  }

  private signature(body: string): string {
    return createHmac('sha256', this.secret).update(`${this.kind}:${body}`).digest('base64');
  }
}

const SIGNATURE_CHARS = 44;
