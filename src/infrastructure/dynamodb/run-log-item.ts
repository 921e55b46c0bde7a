import { PenstockError } from '../../domain/errors.js';
import { decodeCursor, encodeCursor } from '../../domain/shared/cursor.js';
import { type AttributeValue, fromJson, toJson } from '../../domain/workflow-gateway/attribute-value.js';
import type { RunLogEntry } from '../../domain/workflow-gateway/run-log-entry.js';
import { type Item, text } from './attributes.js';

/** An entry and where it stands: an item of its own, or a place in the list of the run's only item. */
export interface PlacedEntry {
  readonly place: { readonly entryId: string; readonly index?: number };
  readonly entry: RunLogEntry;
}

/** What an entry consists of, besides its keys. */
export function itemOf({ timestamp, type, title, description, metadata }: RunLogEntry): Item {
  return {
    timestamp: text(timestamp),
    type: text(type),
    title: text(title),
    description: text(description),
    ...(metadata !== undefined && { metadata: fromJson(metadata) as Item[string] }),
  };
}

/** The entries of an item: one, or those of its list `logs`. */
export function placedEntries(item: Readonly<Record<string, AttributeValue>>): PlacedEntry[] {
  const { logs, entry_id: entryId } = item;
  if (logs?.L !== undefined)
    return logs.L.map((entry, index) => ({ place: { entryId: '', index }, entry: entryOf(entry) }));
  return [{ place: { entryId: entryId?.S ?? '' }, entry: entryOf({ M: item }) }];
}

const KEYS = new Set(['run_id', 'entry_id', 'expires_at']);

function entryOf(value: AttributeValue): RunLogEntry {
  const fields = toJson(value);
  if (typeof fields !== 'object' || fields === null) return { ...EMPTY, description: String(fields) };
  const own = Object.entries(fields).filter(([name]) => !KEYS.has(name));
  return { ...EMPTY, ...(Object.fromEntries(own) as Partial<RunLogEntry>) };
}

const EMPTY: RunLogEntry = { timestamp: '', type: 'info', title: '', description: '' };

export function writePlace({ entryId, index }: PlacedEntry['place']): string {
  return encodeCursor(JSON.stringify(index === undefined ? [entryId] : [entryId, index]));
}

/** @throws PenstockError `cursor.invalid` */
export function readPlace(cursor: string): PlacedEntry['place'] {
  const [entryId, index]: unknown[] = parts(decodeCursor(cursor));
  if (typeof entryId !== 'string' || (index !== undefined && !Number.isSafeInteger(index))) throw invalid();
  return index === undefined ? { entryId } : { entryId, index: Number(index) };
}

function parts(place: string): unknown[] {
  try {
    const given: unknown = JSON.parse(place);
    if (Array.isArray(given)) return given;
  } catch {
    // Told below, in the same words.
  }
  throw invalid();
}

function invalid(): PenstockError {
  return new PenstockError('cursor.invalid', 'The cursor is not one that this service has given out.');
}
