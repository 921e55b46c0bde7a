import type { OpenObject } from './object-catalog.js';
import type { Slice } from './records.js';
import { type XmlElement, xmlDocument } from './xml.js';

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | ContentBody;
}

/** Content that is sent as it is read. `content` is closed afterwards, whether it was sent or not. */
export interface ContentBody {
  readonly content: OpenObject;
  readonly slices: readonly Slice[];
}

export function xmlAnswer(root: string, content: XmlElement | string, headers: S3Answer['headers'] = {}): S3Answer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xmlDocument(root, content) };
}

export function emptyAnswer(status: number, headers: S3Answer['headers'] = {}): S3Answer {
  return { status, headers };
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** As XML has it. */
export function isoDate(ms: number): string {
  return new Date(ms).toISOString();
}
