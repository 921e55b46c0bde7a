import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws/aws-error.js';
import { S3_LIMITS } from './limits.js';
import type { RequestBody } from './request-body.js';

/** What a request names: the service, a bucket, or an object in one. */
export interface S3Target {
  readonly bucket?: string;
  readonly key?: string;
}

export interface S3Request extends S3Target {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
}

/** A request for a bucket or an object, which the routes have seen to. */
export type BucketRequest = S3Request & { readonly bucket: string };
export type ObjectRequest = BucketRequest & { readonly key: string };

/** @throws AwsError `InvalidURI` for a path that is not UTF-8, `KeyTooLongError` */
export function targetOf(url: string): S3Target {
  const [path = ''] = url.split('?', 1);
  const [, name = '', rest] = /^\/([^/]*)(?:\/([\s\S]*))?$/.exec(path) ?? [];
  if (name === '') return {};
  const [bucket, key] = [decode(name), decode(rest ?? '')];
  if (key === '') return { bucket };
  checkKey(key);
  return { bucket, key };
}

/** @throws AwsError `KeyTooLongError` */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= S3_LIMITS.keyBytes) return;
  const details = { Size: String(bytes), MaxSizeAllowed: String(S3_LIMITS.keyBytes) };
  throw new AwsError('KeyTooLongError', 'Your key is too long', 400, details);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidURI', "Couldn't parse the specified URI.");
  }
}

/** Headers by their lower-case names; those of a presigned URL may stand in its query. */
export class RequestHeaders {
  private constructor(private readonly values: ReadonlyMap<string, string>) {}

  static of(headers: IncomingHttpHeaders, signedQuery?: URLSearchParams): RequestHeaders {
    const hoisted = [...(signedQuery ?? [])]
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .filter(([name]) => name.startsWith('x-amz-') && !isNoHeader(name));
    const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]],
    );
    return new RequestHeaders(new Map([...hoisted, ...sent]));
  }

  mapped(change: (name: string, value: string) => string): RequestHeaders {
    return new RequestHeaders(new Map([...this.values].map(([name, value]) => [name, change(name, value)])));
  }

  without(unwanted: (name: string) => boolean): RequestHeaders {
    return new RequestHeaders(new Map([...this.values].filter(([name]) => !unwanted(name))));
  }

  get(name: string): string | undefined {
    return this.values.get(name);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  /** Those whose names start with `prefix`, by the rest of the name. */
  startingWith(prefix: string): Record<string, string> {
    const found = [...this.values].filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
  }
}

/** S3 itself passes over checksums there: SDKs presign that of an empty body, before there is a body. */
function isNoHeader(name: string): boolean {
  return SIGNATURE_PARAMETERS.has(name) || /^x-amz-(sdk-)?checksum-/.test(name);
}

const SIGNATURE_PARAMETERS = new Set(
  ['algorithm', 'credential', 'date', 'expires', 'signedheaders', 'signature', 'content-sha256', 'security-token'].map(
    (name) => `x-amz-${name}`,
  ),
);
