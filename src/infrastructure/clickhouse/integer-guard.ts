import type { RejectedRow } from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import {
  JsonNumber,
  JsonObject,
  type JsonValue,
  parseLosslessJson,
} from '../../domain/stream-onboarding/lossless-json.js';

interface IntegerColumn extends Column {
  readonly least: bigint;
  readonly most: bigint;
}

/** Every number with fewer digits fits: by these, almost all rows are seen to be harmless without being parsed. */
const HARMLESS_DIGITS: Readonly<Record<string, number>> = { '8': 2, '16': 4, '32': 9, '64': 18 };

/**
 * Finds integers beyond the range of their column. ClickHouse stores them wrapped around, without a word (256 in a UInt8
 * is 0), so they have to be found before.
 */
export class IntegerGuard {
  private readonly columns: readonly IntegerColumn[];
  private readonly suspicion: RegExp | undefined;

  constructor(columns: readonly Column[]) {
    this.columns = columns.flatMap((column) => integerColumn(column));
    this.suspicion = suspicionOf(this.columns);
  }

  find(lines: readonly Uint8Array[]): RejectedRow[] {
    const { suspicion } = this;
    if (suspicion === undefined) return [];
    const found: RejectedRow[] = [];
    for (const [index, line] of lines.entries()) {
      const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
      if (!suspicion.test(bytes.toString('latin1'))) continue;
      const column = this.guiltyColumn(bytes.toString('utf8'));
      if (column === undefined) continue;
      const reason = `The number is out of the range of column "${column.name}" (${column.type}).`;
      found.push({ index, code: 'record.wrong-type', column: column.name, reason });
    }
    return found;
  }

  private guiltyColumn(text: string): IntegerColumn | undefined {
    const row = parseLosslessJson(text);
    if (!(row instanceof JsonObject)) return undefined; // the parser of the warehouse will say so
    return this.columns.find(({ name, least, most }) => {
      const value = integerOf(row.fields.get(name));
      return value !== undefined && (value < least || value > most);
    });
  }
}

function integerColumn({ name, type }: Column): IntegerColumn[] {
  const [, unsigned, bits] = /^(?:LowCardinality\()?(?:Nullable\()?(U?)Int(8|16|32|64)\)*$/u.exec(type) ?? [];
  if (bits === undefined) return [];
  const span = 1n << BigInt(bits);
  const range = unsigned === 'U' ? { least: 0n, most: span - 1n } : { least: -span / 2n, most: span / 2n - 1n };
  return [{ name, type, ...range }];
}

function integerOf(value: JsonValue | undefined): bigint | undefined {
  const text = value instanceof JsonNumber ? value.text : value;
  return typeof text === 'string' && /^[-+]?\d+$/u.test(text) ? BigInt(text) : undefined;
}

/** Matches rows, read as Latin-1, in which a field of such a name has that many digits. */
function suspicionOf(columns: readonly IntegerColumn[]): RegExp | undefined {
  if (columns.length === 0) return undefined;
  const namesByDigits = new Map<number, string[]>();
  for (const { name, type } of columns) {
    const digits = HARMLESS_DIGITS[/\d+/u.exec(type)?.[0] ?? ''] ?? 0;
    const written = Buffer.from(JSON.stringify(name)).toString('latin1');
    namesByDigits.set(digits, [...(namesByDigits.get(digits) ?? []), escapeRegExp(written)]);
  }
  const alternatives = [...namesByDigits].map(
    ([digits, names]) => String.raw`(?:${names.join('|')})\s*:\s*"?[-+]?\d{${digits + 1}}`,
  );
  return new RegExp(alternatives.join('|')); // no u flag: the subject is bytes
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
