import { type Fault, PenstockError } from '../errors.js';
import type { TableName } from '../shared/table-name.js';
import type { AvroRecordSchema } from './avro-schema.js';
import type { Aggregation, Comparison, DomainConfig } from './domain-config.js';
import { eventTableColumns, eventTableOf } from './event-table.js';
import { generateEventSchema } from './generate-event-schema.js';

/** A column of the table of events; its type is the warehouse's. */
export interface EventColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * What a pane keeps of the value besides the number of its events: nothing; the set of distinct values; or the sum, of
 * whole numbers without loss or of doubles as they are, and how many events have the field.
 */
export type WindowState =
  | { readonly kind: 'count' }
  | { readonly kind: 'distinct'; readonly column: EventColumn }
  | { readonly kind: 'sum'; readonly of: 'whole' | 'double'; readonly divided: boolean; readonly column: EventColumn };

/** A condition whose value has the type of its field: text, a number, or a time in milliseconds since the epoch. */
export interface WindowCondition {
  readonly column: EventColumn;
  readonly comparison: Comparison;
  readonly value: string | number;
}

/**
 * An aggregation as it is kept: events of `source` fall into panes of `slideMs`, from which a window of `durationMs` is put
 * together. Two of them are computed alike exactly when they are equal, name by name.
 */
export interface WindowDefinition {
  readonly source: TableName;
  readonly durationMs: number;
  readonly slideMs: number;
  readonly latenessMs: number;
  readonly groups: readonly EventColumn[];
  readonly state: WindowState;
  readonly conditions: readonly WindowCondition[];
}

/** What views and answers call what is not a group. */
const OWN_COLUMNS: ReadonlySet<string> = new Set(['window_start', 'window_end', 'value', 'events', 'changed_at']);
const MAX_PANES_OF_A_WINDOW = 10_000;

/**
 * What an aggregation means for the events of its type.
 *
 * @throws PenstockError `aggregation.invalid` with a fault per field that is not there or does not fit
 */
export function defineWindows(domain: DomainConfig, aggregation: Aggregation): WindowDefinition {
  const eventType = domain.eventTypes.find(({ name }) => name === aggregation.eventType);
  if (eventType === undefined) {
    throw invalid(aggregation, [{ path: 'event_type', message: 'The domain has no such event type.' }]);
  }
  const schema = generateEventSchema(eventType, domain.entity, domain.namespace);
  const checks = new Checks(schema);
  const { durationMs, slideMs } = aggregation.window;
  checks.window(durationMs, slideMs);
  const definition = {
    source: eventTableOf(domain, aggregation.eventType),
    durationMs,
    slideMs,
    latenessMs: aggregation.allowedLatenessMs,
    groups: aggregation.groupBy.map((field, at) => checks.group(field, `group_by.${at}`)),
    state: checks.state(aggregation),
    conditions: aggregation.filter.map((_, at) => checks.condition(aggregation, at)),
  };
  if (checks.faults.length > 0) throw invalid(aggregation, checks.faults);
  return definition;
}

/** Text of a number, of any kind the warehouse has. */
export const isNumber = (type: string): boolean => /Int64|Float64/u.test(type);
/** Whether it is a point in time. */
export const isTime = (type: string): boolean => type.startsWith('DateTime64');

class Checks {
  readonly faults: Fault[] = [];
  private readonly columns: ReadonlyMap<string, EventColumn>;

  constructor(schema: AvroRecordSchema) {
    const own = eventTableColumns(schema).slice(0, schema.fields.length);
    this.columns = new Map(own.map((column) => [column.name, column]));
  }

  window(durationMs: number, slideMs: number): void {
    const panes = durationMs / slideMs;
    if (Number.isInteger(panes) && slideMs > 0 && panes <= MAX_PANES_OF_A_WINDOW) return;
    this.fault('window', `The slide divides the duration, by at most ${MAX_PANES_OF_A_WINDOW}.`);
  }

  group(field: string, path: string): EventColumn {
    if (OWN_COLUMNS.has(field)) this.fault(path, 'The view of the windows has a column of its own of this name.');
    return this.column(field, path);
  }

  state({ kind, field }: Aggregation): WindowState {
    if (kind === 'count') return { kind };
    const column = this.column(field ?? '', 'field');
    if (kind === 'count_distinct') return { kind: 'distinct', column };
    if (!isNumber(column.type)) this.fault('field', `Only numbers have a ${kind === 'sum' ? 'sum' : 'mean'}.`);
    return { kind: 'sum', of: column.type.includes('Int64') ? 'whole' : 'double', divided: kind === 'avg', column };
  }

  condition({ filter }: Aggregation, at: number): WindowCondition {
    const { field, comparison, value } = filter[at] ?? { field: '', comparison: '=', value: '' };
    const column = this.column(field, `filter.${at}.field`);
    const typed = typedValue(column.type, value);
    if (typed === undefined) this.fault(`filter.${at}.value`, 'The value is not of the type of its field.');
    return { column, comparison, value: typed ?? '' };
  }

  private column(name: string, path: string): EventColumn {
    const column = this.columns.get(name);
    if (column === undefined) this.fault(path, 'The events have no such field.');
    return column ?? { name, type: 'String' };
  }

  private fault(path: string, message: string): void {
    this.faults.push({ path, message });
  }
}

/** Text is compared as text and numbers as numbers, whatever the file has; undefined: it cannot be. */
function typedValue(type: string, value: string | number | boolean): string | number | undefined {
  if (isTime(type)) return finite(typeof value === 'string' ? Date.parse(value) : Number(value));
  if (!isNumber(type)) return String(value);
  return typeof value === 'string' && value.trim() === '' ? undefined : finite(Number(value));
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function invalid({ name }: Aggregation, faults: readonly Fault[]): PenstockError {
  const message = `The aggregation "${name}" cannot be compiled.`;
  return new PenstockError('aggregation.invalid', message, { faults });
}
