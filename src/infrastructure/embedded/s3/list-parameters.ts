import { S3_LIMITS } from './limits.js';
import { invalidArgument } from './s3-errors.js';

/** How much a page may hold; asking for more than S3 gives is no mistake. @throws AwsError `InvalidArgument` */
export function pageSize(query: URLSearchParams, name: string): number {
  const size = wholeNumber(query, name, S3_LIMITS.page);
  return Math.min(size, S3_LIMITS.page);
}

/** @throws AwsError `InvalidArgument` */
export function wholeNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null || text === '') return otherwise;
  if (/^\d{1,9}$/.test(text) || /^0*2147483647$/.test(text)) return Number(text);
  throw invalidArgument(name, text, `Provided ${name} not an integer or within integer range`);
}

/** How keys are written in a listing. @throws AwsError `InvalidArgument` */
export function urlEncoding(query: URLSearchParams): (text: string) => string {
  const type = query.get('encoding-type');
  if (type === null) return (text) => text;
  if (type !== 'url') throw invalidArgument('encoding-type', type, 'Invalid Encoding Method specified in Request');
  return (text) => encodeURIComponent(text).replaceAll(/[!'()]|%2F|%20/g, (char) => ENCODED[char] ?? char);
}

/** As forms are encoded, but for the slash. */
const ENCODED: Readonly<Record<string, string>> = {
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '%2F': '/',
  '%20': '+',
};
