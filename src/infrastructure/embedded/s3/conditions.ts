import type { Condition } from './object-catalog.js';
import type { ObjectRecord } from './records.js';
import { noSuchKey, notImplemented, preconditionFailed } from './s3-errors.js';
import type { RequestHeaders } from './s3-request.js';

/** What a reader already knows, and wants to be held against (RFC 9110, 13). */
interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** @throws AwsError `PreconditionFailed` */
export function readOutcome(record: ObjectRecord, headers: RequestHeaders): 'wanted' | 'unmodified' {
  return outcome(record, readConditions(headers, ''));
}

/** A copy has no use for "unmodified". @throws AwsError `PreconditionFailed` */
export function checkCopySource(record: ObjectRecord, headers: RequestHeaders): void {
  if (outcome(record, readConditions(headers, COPY_SOURCE)) === 'unmodified') {
    throw preconditionFailed(`${COPY_SOURCE}If-None-Match`);
  }
}

const COPY_SOURCE = 'x-amz-copy-source-';

function readConditions(headers: RequestHeaders, prefix: string): ReadConditions {
  return {
    ifMatch: headers.get(`${prefix}if-match`),
    ifNoneMatch: headers.get(`${prefix}if-none-match`),
    ifModifiedSince: headers.get(`${prefix}if-modified-since`),
    ifUnmodifiedSince: headers.get(`${prefix}if-unmodified-since`),
  };
}

function outcome(record: ObjectRecord, conditions: ReadConditions): 'wanted' | 'unmodified' {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matches(record, ifMatch)) throw preconditionFailed('If-Match');
  } else if (changedSince(record, ifUnmodifiedSince) === true) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return matches(record, ifNoneMatch) ? 'unmodified' : 'wanted';
  return changedSince(record, ifModifiedSince) === false ? 'unmodified' : 'wanted';
}

/** Nothing for a date that is none, which is to be passed over. */
function changedSince({ modifiedMs }: ObjectRecord, date: string | undefined): boolean | undefined {
  const since = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(since) ? undefined : modifiedMs > since;
}

/** Whether one of the listed ETags, quoted or not, is that of the object. */
function matches({ etag }: ObjectRecord, list: string): boolean {
  if (list.trim() === '*') return true;
  return list.split(',').some((one) => bareEtag(one) === etag);
}

export function bareEtag(text: string): string {
  return text.trim().replace(/^W\//, '').replaceAll('"', '');
}

/** Whether a range is of what the reader already has a part of. */
export function rangeStillHolds(record: ObjectRecord, headers: RequestHeaders): boolean {
  const validator = headers.get('if-range');
  if (validator === undefined) return true;
  if (/^\s*"/.test(validator)) return bareEtag(validator) === record.etag;
  return Date.parse(validator) === record.modifiedMs;
}

/**
 * What must hold for a write: `If-None-Match: *`, or `If-Match` with an ETag or `*`.
 *
 * @throws AwsError `NotImplemented` for other forms; the condition itself throws `PreconditionFailed` and `NoSuchKey`
 */
export function writeCondition(key: string, headers: RequestHeaders): Condition {
  const [ifNoneMatch, ifMatch] = [headers.get('if-none-match'), headers.get('if-match')];
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') throw notImplemented('If-None-Match');
  for (const name of ['if-modified-since', 'if-unmodified-since']) if (headers.has(name)) throw notImplemented(name);
  return (current) => {
    if (ifNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match');
    if (ifMatch === undefined) return;
    if (!current) throw noSuchKey(key);
    if (!matches(current, ifMatch)) throw preconditionFailed('If-Match');
  };
}

/** `If-Match` of a deletion; what is not there cannot match. */
export function deleteCondition(etag: string | undefined): Condition {
  return (current) => {
    if (etag !== undefined && !(current && matches(current, etag))) throw preconditionFailed('If-Match');
  };
}
