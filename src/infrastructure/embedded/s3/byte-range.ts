import { AwsError } from '../aws/aws-error.js';

export interface ByteRange {
  readonly first: number;
  readonly length: number;
}

/**
 * What a Range header asks for; nothing when it is malformed, or of several ranges, which S3 passes over.
 *
 * @throws AwsError `InvalidRange`
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from, to] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '') ?? [];
  const bounds = from === undefined || to === undefined ? undefined : boundsOf(from, to, size);
  if (header === undefined || !bounds) return undefined;
  const { first, last } = bounds;
  if (first <= last && first < size) return { first, length: Math.min(last, size - 1) - first + 1 };
  throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
    RangeRequested: header,
    ActualObjectSize: String(size),
  });
}

function boundsOf(from: string, to: string, size: number): { first: number; last: number } | undefined {
  if (from === '') return to === '' ? undefined : { first: Math.max(0, size - Number(to)), last: size - 1 };
  const [first, last] = [Number(from), to === '' ? Infinity : Number(to)];
  return last < first ? undefined : { first, last };
}
