import { createHash } from 'node:crypto';
import { type Fault, PenstockError } from '../errors.js';
import { fromJson } from './attribute-value.js';
import { LOG_ENTRY_TYPES, type RunLogEntry } from './run-log-entry.js';

/** An entry as callers give it. */
export interface GivenLogEntry extends Omit<RunLogEntry, 'timestamp' | 'description'> {
  /** ISO 8601; by default the time of the request. */
  readonly timestamp?: string;
  readonly description?: string;
}

/** Entries of one request. */
export const MAX_NEW_ENTRIES = 100;
/** Below what DynamoDB takes for an item (400 KB with names), with room for keys and names. */
export const MAX_ENTRY_BYTES = 300_000;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[-+]\d\d:\d\d)$/u;

/**
 * Entries with the ids under which they are kept: they sort by time, then by their place in the request, and the same
 * entry with the same time gets the same id, so that a repeated request adds nothing.
 *
 * @throws PenstockError `log-entry.invalid` with a fault for each entry that cannot be kept
 */
export function newLogEntries(given: readonly GivenLogEntry[], nowMs: number): (RunLogEntry & { entryId: string })[] {
  const faults = given.flatMap(faultsOf);
  if (faults.length > 0) throw new PenstockError('log-entry.invalid', 'Some entries cannot be kept.', { faults });
  return given.map((entry, index) => {
    const timestamp = new Date(entry.timestamp ?? nowMs).toISOString();
    const kept: RunLogEntry = { ...entry, timestamp, description: entry.description ?? '' };
    const digest = createHash('sha256').update(JSON.stringify(kept)).digest('hex').slice(0, 16);
    return { ...kept, entryId: `${timestamp}#${String(index).padStart(4, '0')}#${digest}` };
  });
}

function faultsOf(entry: GivenLogEntry, index: number): Fault[] {
  const { type, timestamp } = entry;
  const path = `entries.${index}`;
  const faults: Fault[] = [];
  if (!(LOG_ENTRY_TYPES as readonly string[]).includes(type)) {
    faults.push({ path: `${path}.type`, message: `must be one of ${LOG_ENTRY_TYPES.join(', ')}` });
  }
  if (timestamp !== undefined && !(ISO.test(timestamp) && !Number.isNaN(Date.parse(timestamp)))) {
    faults.push({ path: `${path}.timestamp`, message: 'must be a time after ISO 8601 with its offset' });
  }
  if (Buffer.byteLength(JSON.stringify(entry)) > MAX_ENTRY_BYTES) {
    faults.push({ path, message: `must be no larger than ${MAX_ENTRY_BYTES} bytes` });
  }
  if (!isNestable(entry.metadata)) faults.push({ path: `${path}.metadata`, message: 'is nested too deep' });
  return faults;
}

function isNestable(metadata: unknown): boolean {
  try {
    return fromJson(metadata) !== undefined;
  } catch {
    return false;
  }
}
