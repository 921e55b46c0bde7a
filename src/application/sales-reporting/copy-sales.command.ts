import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { type MonthSums, SalesReplica, SalesSource } from '../../domain/ports/sales-copy.port.js';
import { wholeMonths } from '../../domain/sales-reporting/day-spans.js';
import { parseQualifiedName } from '../../domain/sales-reporting/qualified-name.js';
import { reportRange, type RequestedDates } from '../../domain/sales-reporting/report-range.js';

export interface CopyOrder extends RequestedDates {
  readonly table: string;
  readonly signal: AbortSignal;
  /** Called with the bytes copied so far. */
  readonly onBytes?: (bytes: number) => void;
}

export interface CopyReceipt {
  readonly months: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Copy whole months of sales to the replica: those of the table take the place of those that are there. */
export class CopySalesCommand extends Command<CopyReceipt> {
  constructor(readonly order: CopyOrder) {
    super();
  }
}

@CommandHandler(CopySalesCommand)
export class CopySalesHandler implements ICommandHandler<CopySalesCommand> {
  constructor(
    private readonly source: SalesSource,
    private readonly replica: SalesReplica,
  ) {}

  async execute({ order }: CopySalesCommand): Promise<CopyReceipt> {
    const table = parseQualifiedName(order.table);
    const range = wholeMonths(reportRange(order));
    const reading = await this.source.read(table, range);
    let bytes = 0;
    const count = (length: number): void => {
      bytes += length;
      order.onBytes?.(bytes);
    };
    try {
      const staged = await this.replica.stage(counted(reading.rows, count), order.signal);
      try {
        requireSame(reading.months, staged.months);
        order.signal.throwIfAborted();
        await this.replica.publish(staged, table, range);
      } finally {
        await this.replica.discard(staged);
      }
      const rows = staged.months.reduce((sum, month) => sum + month.rows, 0);
      return { months: staged.months.length, rows, bytes };
    } finally {
      reading.close();
    }
  }
}

/** A date or a decimal that the replica cannot hold is noticed before anybody reads it. */
function requireSame(wanted: readonly MonthSums[], found: readonly MonthSums[]): void {
  const known = new Map(found.map((month) => [month.month, month]));
  const odd = wanted.find((month) => {
    const other = known.get(month.month);
    return other?.rows !== month.rows || other.revenue !== month.revenue || other.quantity !== month.quantity;
  });
  if (odd === undefined && wanted.length === found.length) return;
  throw new PenstockError(
    'rows.rejected',
    `The copy does not add up to the table${odd === undefined ? '' : ` in ${odd.month}`}: it has days outside 1900 to 2299, or amounts with more than four places. Nothing was changed.`,
  );
}

async function* counted(rows: AsyncIterable<Uint8Array>, count: (length: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of rows) {
    count(chunk.byteLength);
    yield chunk;
  }
}
