import { type Fault, PenstockError } from '../../errors.js';
import { dayOrMoment } from './export-dates.js';

export const EXPORT_FORMATS = ['csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const DATE_DIMENSIONS = ['default', 'receive'] as const;
export type DateDimension = (typeof DATE_DIMENSIONS)[number];
/** `service`: the service keeps the content for its callers; `s3`: it is stored in the bucket. */
export const EXPORT_DESTINATIONS = ['service', 's3'] as const;
export type ExportDestination = (typeof EXPORT_DESTINATIONS)[number];

/** What AppMetrica is asked for, and where it goes. Names and meanings are the Logs API's, where it has one. */
export interface ExportRequest {
  readonly applicationId: number;
  /** `events`, `installations`, `clicks`, `profiles`, … */
  readonly source: string;
  readonly format: ExportFormat;
  readonly fields: readonly string[];
  /** `yyyy-mm-dd hh:mm:ss` in the application's time zone; neither for sources without dates. */
  readonly dateSince?: string;
  readonly dateUntil?: string;
  /** By the time on the device or, `receive`, by the time of arrival. */
  readonly dateDimension?: DateDimension;
  /** Whether up to 1 % of the rows may be missing instead of a failure. */
  readonly skipUnavailableShards?: boolean;
  readonly useUtf8Bom?: boolean;
  /** Further parameters of the Logs API: filters by field. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Have the vendor make the file anew instead of taking one of the last 24 hours. */
  readonly fresh: boolean;
  /** To begin with. */
  readonly parts: number;
  readonly destination: ExportDestination;
  /** Of the object, for `s3`. */
  readonly key?: string;
  /** Whether an object of that key may be there already. */
  readonly overwrite: boolean;
}

type Optional = 'applicationId' | 'format' | 'fresh' | 'parts' | 'destination' | 'overwrite';
/** A request as it came: dates may be days, and what has a default may be left out. */
export type ExportDraft = Omit<ExportRequest, Optional> & Partial<Pick<ExportRequest, Optional>>;

export interface ExportBounds {
  readonly applicationId?: number;
  readonly maxParts: number;
}

/** Sources of what is, not of what happened. */
const UNDATED = new Set(['profiles', 'push_tokens']);
const SOURCE = /^[a-z][a-z0-9_]{0,63}$/;
const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,127}$/;
const MAX_FIELDS = 500;
/** Parameters that are not filters. */
const RESERVED = new Set(
  'application_id date_since date_until date_dimension fields use_utf8_bom skip_unavailable_shards parts_count part_number'.split(
    ' ',
  ),
);

/**
 * The request in full; fields that stand twice are asked for once.
 *
 * @throws PenstockError `request.invalid` with every fault, `vendor.unconfigured` without an application
 */
export function checkExport(draft: ExportDraft, bounds: ExportBounds): ExportRequest {
  const { applicationId = bounds.applicationId, dateSince, dateUntil, ...rest } = draft;
  const since = dateSince === undefined ? undefined : dayOrMoment(dateSince, '00:00:00');
  const until = dateUntil === undefined ? undefined : dayOrMoment(dateUntil, '23:59:59');
  const faults = [...shapeFaults(draft, bounds), ...dateFaults(draft, since, until)];
  if (faults.length > 0)
    throw new PenstockError('request.invalid', 'The export cannot be asked for like this.', { faults });
  if (applicationId === undefined) {
    throw new PenstockError(
      'vendor.unconfigured',
      'No application is named, and APPMETRICA_APPLICATION_ID is not set.',
    );
  }
  return {
    format: 'csv',
    fresh: false,
    parts: 1,
    destination: 'service',
    overwrite: false,
    ...rest,
    applicationId,
    fields: [...new Set(draft.fields)],
    ...(since !== undefined && until !== undefined && { dateSince: since, dateUntil: until }),
  };
}

/** The name of the file for whoever downloads it. */
export function exportFileName({ source, dateSince, dateUntil, format }: ExportRequest): string {
  const days = [dateSince, dateUntil].flatMap((date) => date?.slice(0, 10) ?? []);
  return `${['appmetrica', source, ...days].join('_')}.${format}`;
}

export const contentTypeOf = (format: ExportFormat): string =>
  format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8';

function shapeFaults(
  { source, fields, filters = {}, parts = 1, key, destination }: ExportDraft,
  bounds: ExportBounds,
): Fault[] {
  const checks: readonly (readonly [boolean, string, string])[] = [
    [!SOURCE.test(source), 'source', 'is no name of a source, such as events'],
    [fields.length === 0, 'fields', 'must name at least one field'],
    [fields.length > MAX_FIELDS, 'fields', `may not be more than ${MAX_FIELDS}`],
    [!fields.every((field) => NAME.test(field)), 'fields', 'must be names of fields'],
    [parts > bounds.maxParts, 'parts', `may not be more than ${bounds.maxParts}`],
    [key !== undefined && destination !== 's3', 'key', 'is for the destination s3 alone'],
  ];
  const names = Object.keys(filters).filter((name) => !NAME.test(name) || RESERVED.has(name));
  return [
    ...checks.flatMap(([isWrong, path, message]) => (isWrong ? [{ path, message }] : [])),
    ...names.map((name) => ({ path: `filters.${name}`, message: 'is no field to filter by' })),
  ];
}

function dateFaults({ source, dateSince, dateUntil }: ExportDraft, since?: string, until?: string): Fault[] {
  const form = 'must be a day or a moment of the calendar: yyyy-mm-dd or yyyy-mm-dd hh:mm:ss';
  if (dateSince === undefined && dateUntil === undefined && UNDATED.has(source)) return [];
  const faults = [
    ...(since === undefined ? [{ path: 'date_since', message: form }] : []),
    ...(until === undefined ? [{ path: 'date_until', message: form }] : []),
  ];
  // Both are of one form, so that their order is that of their characters.
  const isReversed = since !== undefined && until !== undefined && until < since;
  return isReversed ? [{ path: 'date_until', message: 'lies before date_since' }] : faults;
}
