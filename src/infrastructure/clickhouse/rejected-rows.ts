import type { RejectedRow } from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import type { ProbeColumns, ProbeRow, RowProbe } from './row-probe.js';

interface ParsedRow extends ProbeRow {
  readonly fields: readonly string[];
}

/** Looks for the guilty column of rows, at most; rows that are left over are reported without one. */
const MAX_COLUMN_PROBES = 64;

/** Why rows do not fit: each gets a code, and where it can be found, the field or column. */
export class RejectedRows {
  private columnProbes = 0;

  constructor(
    private readonly probe: RowProbe,
    private readonly wanted: ProbeColumns,
  ) {}

  async explain(misfits: readonly ProbeRow[]): Promise<RejectedRow[]> {
    const { columns, skipUnknownFields } = this.wanted;
    const parsed = misfits.map((row) => ({ ...row, fields: fieldsOf(row.text) }));
    const rejected = parsed.filter(({ fields }) => fields === undefined).map(notJson);
    let left = parsed.filter((row): row is ParsedRow => row.fields !== undefined);
    // A line that is no JSON may have kept the lines behind it from being read: they get another chance.
    if (rejected.length > 0) left = await this.probe.misfits(left, this.wanted);
    if (!skipUnknownFields) {
      const known = new Set(columns.map(({ name }) => name));
      const mistyped = await this.probe.misfits(left, { columns, skipUnknownFields: true });
      const indexes = new Set(mistyped.map(({ index }) => index));
      rejected.push(...left.filter(({ index }) => !indexes.has(index)).map((row) => unknownField(row, known)));
      left = mistyped;
    }
    await this.blame(left, columns, rejected);
    return rejected.sort((a, b) => a.index - b.index);
  }

  /** Halves the columns: rows that do not fit the first half are guilty there, all others in the second. */
  private async blame(rows: readonly ProbeRow[], columns: readonly Column[], found: RejectedRow[]): Promise<void> {
    if (rows.length === 0) return;
    if (columns.length <= 1 || this.columnProbes >= MAX_COLUMN_PROBES) {
      const [column] = columns.length === 1 ? columns : [];
      found.push(...rows.map(({ index }) => wrongType(index, column)));
      return;
    }
    this.columnProbes += 1;
    const middle = columns.length >> 1;
    const half = columns.slice(0, middle);
    const guilty = await this.probe.misfits(rows, { columns: half, skipUnknownFields: true });
    const indexes = new Set(guilty.map(({ index }) => index));
    await this.blame(guilty, half, found);
    await this.blame(
      rows.filter(({ index }) => !indexes.has(index)),
      columns.slice(middle),
      found,
    );
  }
}

/** The field names of a JSON object; undefined when the text is none. */
function fieldsOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : undefined;
  } catch {
    return undefined;
  }
}

function notJson({ index }: ProbeRow): RejectedRow {
  return { index, code: 'record.not-json', reason: 'The record is no JSON object.' };
}

function unknownField({ index, fields }: ParsedRow, known: ReadonlySet<string>): RejectedRow {
  const column = fields.find((field) => !known.has(field));
  const reason = 'The table has no column for a field of the record.';
  return { index, code: 'record.unknown-field', reason, ...(column === undefined ? {} : { column }) };
}

function wrongType(index: number, column: Column | undefined): RejectedRow {
  if (column === undefined) {
    return { index, code: 'record.wrong-type', reason: 'A value does not fit the type of its column.' };
  }
  const reason = `The value does not fit column "${column.name}" (${column.type}).`;
  return { index, code: 'record.wrong-type', column: column.name, reason };
}
