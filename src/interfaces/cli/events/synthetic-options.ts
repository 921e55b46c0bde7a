import { InvalidArgumentError } from 'commander';
import type { SyntheticRequest } from '../../../application/event-pipelines/synthetic-source.js';
import { parseWhole } from '../parse-option.js';
import type { SharedOption } from '../shared-options.js';

/** Options of the commands that make synthetic events. */
export interface SyntheticOptions {
  readonly event_type?: string;
  readonly count?: number;
  readonly seed?: number;
  readonly sessions?: boolean;
  readonly start?: number;
  readonly rate?: number;
  readonly late?: number;
  readonly duplicates?: number;
  readonly malformed?: number;
}

/** @throws InvalidArgumentError (all of them), where the text is none of these */
export const SYNTHETIC_OPTIONS: readonly SharedOption[] = [
  {
    flags: '-e, --event_type <type>',
    description: 'Events of this type (default: of all types)',
    read: (text) => text,
  },
  {
    flags: '-n, --count <number>',
    description: 'How many, faulty ones included (default: 100)',
    read: (text) => parseWhole(text, { max: MOST }),
  },
  {
    flags: '-s, --seed <number>',
    description: 'The same seed and options give the same bytes (default: any)',
    read: (text) => parseWhole(text, { min: 0, max: MAX_SEED }),
  },
  { flags: '--sessions', description: 'What entities do one after another, instead of single events' },
  {
    flags: '--start <time>',
    description: 'Time of the first event (default: so that the last is now; with a seed: 2026-01-01T00:00:00Z)',
    read: (text) => parseTime(text),
  },
  {
    flags: '--rate <number>',
    description: 'Events to a second of their own time (default: 100), or new sessions (default: 2)',
    read: (text) => parseWhole(text, { max: MAX_RATE }),
  },
  {
    flags: '--late <share>',
    description: 'Share of events that are minutes late, as 0.02 (default: 0)',
    read: (text) => parseShare(text),
  },
  {
    flags: '--duplicates <share>',
    description: 'Share of events that were there before (default: 0)',
    read: (text) => parseShare(text),
  },
  {
    flags: '--malformed <share>',
    description: 'Share of events that nobody can read (default: 0)',
    read: (text) => parseShare(text),
  },
];

const DEFAULT_COUNT = 100;
const DEFAULT_RATE = 100;
/** Of sessions: so few that most of them are seen to their end, however short the stretch of time. */
const DEFAULT_SESSION_RATE = 2;
const MOST = 1_000_000_000_000;
const MAX_SEED = 2 ** 32 - 1;
const MAX_RATE = 1_000_000;

export function syntheticRequest(options: SyntheticOptions): SyntheticRequest {
  const { event_type: eventType, count = DEFAULT_COUNT, seed, start, sessions = false } = options;
  const { late = 0, duplicates = 0, malformed = 0 } = options;
  return {
    count,
    eventsPerSecond: options.rate ?? defaultRate(sessions),
    sessions,
    late,
    duplicates,
    malformed,
    ...(eventType !== undefined && { eventType }),
    ...(seed !== undefined && { seed }),
    ...(start !== undefined && { startMs: start }),
  };
}

function parseShare(text: string): number {
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('It is a share from 0 to 1, such as 0.02.');
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

function parseTime(text: string): number {
  const time = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (time >= 0) return time;
  throw new InvalidArgumentError('It is a day or a time with its zone, such as 2026-01-01T00:00:00Z.');
}

const defaultRate = (sessions: boolean): number => (sessions ? DEFAULT_SESSION_RATE : DEFAULT_RATE);
