import { PenstockError } from '../../../domain/errors.js';
import type { EventColumn, WindowDefinition } from '../../../domain/event-pipelines/window-definition.js';
import type { LateEvent, WindowPage, WindowRow, WindowsWanted } from '../../../domain/ports/aggregate-windows.port.js';
import { decodeCursor, encodeCursor } from '../../../domain/shared/cursor.js';
import { quoteTableName } from '../../../domain/stream-onboarding/create-table-statement.js';
import type { WindowNames } from './window-names.js';
import type { WindowSession } from './window-session.js';
import { windowStarts, windowValue } from './window-views.js';

interface ReadRow {
  readonly start_ms: string;
  readonly value: string | null;
  readonly events: string;
  readonly changed_ms: string;
  readonly [group: `text_${number}`]: string | null;
}

interface Place {
  readonly startMs: number;
  readonly group: readonly (string | null)[];
}

/** A statement with its values apart. */
interface Reading {
  readonly where: string[];
  readonly values: Record<string, unknown>;
}

const START = 'toUnixTimestamp64Milli(pane)';

/** Reads the windows of one aggregation from the panes of the build that is in use. */
export class WindowReader {
  constructor(
    private readonly session: WindowSession,
    private readonly definition: WindowDefinition,
    private readonly names: WindowNames,
  ) {}

  async page(wanted: WindowsWanted): Promise<WindowPage> {
    const { limit, cursor } = wanted;
    const place = cursor === undefined ? undefined : this.placeOf(cursor);
    const fromMs = Math.max(wanted.fromMs ?? Number.NEGATIVE_INFINITY, place?.startMs ?? Number.NEGATIVE_INFINITY);
    const groups = this.groupCondition(wanted.group ?? {});
    const bounds = this.bounds(fromMs, wanted.toMs, groups, limit + 1);
    const behind = place === undefined ? nothing() : this.behind(place);
    const rows = await this.read({
      panes: bounds.panes,
      where: [...bounds.windows, ...groups.where, ...behind.where],
      values: { ...groups.values, ...behind.values },
      order: this.groupOrder(),
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return rows.length <= limit || last === undefined ? { rows: page } : { rows: page, next: this.cursorOf(last) };
  }

  async changes(since: number | WindowRow, limit: number): Promise<WindowRow[]> {
    const sinceMs = typeof since === 'number' ? since : since.changedAtMs;
    const { durationMs, slideMs } = this.definition;
    const first = durationMs === slideMs ? 'pane' : 'first';
    const moment = `fromUnixTimestamp64Milli(toInt64(${Math.floor(sinceMs)}), 'UTC')`;
    const touched = (what: string): string =>
      `(SELECT toUnixTimestamp64Milli(${what}) FROM ${quoteTableName(this.names.panes)} WHERE changed_at >= ${moment})`;
    const [low, high] = [touched(`min(${first})`), touched('max(pane)')];
    const after = typeof since === 'number' ? nothing() : this.behind(this.placeOfRow(since), sinceMs);
    return this.read({
      panes: [`${START} >= ${low}`, `${START} <= ${high} + ${durationMs - slideMs}`],
      where: [`start_ms <= ${high}`],
      having: [`max(p.changed_at) >= ${moment}`, ...after.where],
      values: after.values,
      order: `max(p.changed_at), ${this.groupOrder()}`,
      limit,
    });
  }

  async late(limit: number): Promise<LateEvent[]> {
    const rows = await this.session.rows<Record<'id' | 'at' | 'start' | 'end' | 'lateness', string>>(
      `SELECT event_id AS id, toString(toUnixTimestamp64Milli(timestamp)) AS at,
         toString(toUnixTimestamp64Milli(window_start)) AS start, toString(toUnixTimestamp64Milli(window_end)) AS end,
         toString(lateness_ms) AS lateness
       FROM ${quoteTableName(this.names.lateRows)} AS l
       ORDER BY l.timestamp DESC, l.event_id DESC, l.window_start DESC LIMIT {limit: UInt64}`,
      { limit },
    );
    return rows.map(({ id, at, start, end, lateness }) => ({
      eventId: id,
      timestampMs: Number(at),
      windowStartMs: Number(start),
      windowEndMs: Number(end),
      latenessMs: Number(lateness),
    }));
  }

  private async read(asked: {
    readonly panes: readonly string[];
    readonly where: readonly string[];
    readonly having?: readonly string[];
    readonly values: Readonly<Record<string, unknown>>;
    readonly order: string;
    readonly limit: number;
  }): Promise<WindowRow[]> {
    const texts = this.texts();
    const inner =
      `SELECT *, ${windowStarts(this.definition)} AS start_ms${texts.map((text, at) => `, ${text} AS text_${at}`).join('')} ` +
      `FROM ${quoteTableName(this.names.panes)}${conditions('WHERE', asked.panes)}`;
    const keys = ['p.start_ms', ...texts.map((_, at) => `p.text_${at}`)].join(', ');
    const query =
      `SELECT toString(p.start_ms) AS start_ms, ${texts.map((_, at) => `p.text_${at} AS text_${at}, `).join('')}` +
      `toString(${windowValue(this.definition)}) AS value, toString(sum(p.events)) AS events, ` +
      `toString(toUnixTimestamp64Milli(max(p.changed_at))) AS changed_ms FROM (${inner}) AS p` +
      `${conditions('WHERE', asked.where.map(qualified))} GROUP BY ${keys}${conditions('HAVING', asked.having ?? [])} ` +
      `ORDER BY ${asked.order} LIMIT {limit: UInt64}`;
    const rows = await this.session.rows<ReadRow>(query, { ...asked.values, limit: asked.limit });
    return rows.map((row) => this.windowRow(row));
  }

  /**
   * Of the panes only those are read that the page can need: each pane begins a window, so that as many panes as there are
   * rows on a page are enough.
   */
  private bounds(fromMs: number, toMs: number | undefined, groups: Reading, windows: number) {
    const { durationMs, slideMs } = this.definition;
    const from = Number.isFinite(fromMs) ? [`${START} >= ${Math.ceil(fromMs)}`] : [];
    const shown = conditions('WHERE', [...from, ...groups.where.map((text) => this.withColumns(text))]);
    const last =
      `(SELECT toUnixTimestamp64Milli(max(pane)) FROM (SELECT DISTINCT pane FROM ${quoteTableName(this.names.panes)}` +
      `${shown} ORDER BY pane LIMIT ${windows + 1}))`;
    const to = toMs === undefined ? [] : [`start_ms < ${Math.ceil(toMs)}`];
    const start = Number.isFinite(fromMs) ? [`start_ms >= ${Math.ceil(fromMs)}`] : [];
    return {
      panes: [...from, `${START} <= ${last} + ${durationMs - slideMs}`],
      windows: [`start_ms <= ${last}`, ...start, ...to],
    };
  }

  private groupCondition(group: Readonly<Record<string, string>>): Reading {
    const reading = nothing();
    for (const [field, text] of Object.entries(group)) {
      const at = this.definition.groups.findIndex(({ name }) => name === field);
      if (at < 0) {
        const faults = [{ path: field, message: 'The aggregation is not grouped by it.' }];
        throw new PenstockError('request.invalid', `"${field}" is no group of the aggregation.`, { faults });
      }
      reading.where.push(`text_${at} = {group_${at}: String}`);
      reading.values[`group_${at}`] = text;
    }
    return reading;
  }

  /** The condition before the texts of groups have their names. */
  private withColumns(condition: string): string {
    return condition.replace(/^text_(\d+)/u, (_, at: string) => this.texts()[Number(at)] ?? '');
  }

  /** Groups as text; null stays apart from the empty text. */
  private texts(): string[] {
    return this.definition.groups.map((column, at) => textOf(column, `group_${at}`));
  }

  private groupOrder(): string {
    const groups = this.definition.groups.map((_, at) => `isNull(p.text_${at}), ifNull(p.text_${at}, '')`);
    return ['p.start_ms', ...groups].join(', ');
  }

  /** Rows behind a place in the order of start and group, or in that of changes. */
  private behind({ startMs, group }: Place, changedMs?: number): Reading {
    const own = [this.groupOrder(), '{place: Int64}'];
    const values: Record<string, unknown> = { place: startMs };
    const places = group.map((text, at) => {
      values[`null_${at}`] = text === null ? 1 : 0;
      values[`place_${at}`] = text ?? '';
      return `{null_${at}: UInt8}, {place_${at}: String}`;
    });
    const [left, right] = [own[0] ?? '', [own[1], ...places].join(', ')];
    if (changedMs === undefined) return { where: [`(${left}) > (${right})`], values };
    const changed = 'toUnixTimestamp64Milli(max(p.changed_at))';
    return { where: [`(${changed}, ${left}) > (${Math.floor(changedMs)}, ${right})`], values };
  }

  private placeOfRow({ startMs, group }: WindowRow): Place {
    return { startMs, group: this.definition.groups.map(({ name }) => group[name] ?? null) };
  }

  private cursorOf(row: WindowRow): string {
    const { startMs, group } = this.placeOfRow(row);
    return encodeCursor(JSON.stringify([startMs, ...group]));
  }

  private placeOf(cursor: string): Place {
    const text = decodeCursor(cursor);
    const [startMs, ...group] = parsed(text);
    const isOurs = group.length === this.definition.groups.length && group.every(isGroup);
    if (Number.isSafeInteger(startMs) && isOurs) return { startMs: startMs as number, group };
    throw new PenstockError('cursor.invalid', 'The cursor is not one of this aggregation.');
  }

  private windowRow(row: ReadRow): WindowRow {
    const startMs = Number(row.start_ms);
    return {
      startMs,
      endMs: startMs + this.definition.durationMs,
      group: Object.fromEntries(this.definition.groups.map(({ name }, at) => [name, row[`text_${at}`] ?? null])),
      value: row.value,
      events: Number(row.events),
      changedAtMs: Number(row.changed_ms),
    };
  }
}

const nothing = (): Reading => ({ where: [], values: {} });

function conditions(word: 'WHERE' | 'HAVING', texts: readonly string[]): string {
  return texts.length === 0 ? '' : ` ${word} ${texts.join(' AND ')}`;
}

/** Names of columns of the rows of panes, told from those of the answer, which are called alike. */
const qualified = (text: string): string => text.replace(/^(start_ms|text_\d+)/u, 'p.$1');

const textOf = ({ type }: EventColumn, column: string): string =>
  type.includes('String') ? column : `toString(${column})`;

const isGroup = (text: unknown): text is string | null => text === null || typeof text === 'string';

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
