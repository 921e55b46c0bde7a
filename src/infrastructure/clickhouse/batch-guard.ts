import type { RejectedRow } from '../../domain/ports/stream-tables.port.js';
import type { Column } from '../../domain/shared/column.js';
import { frameRecord } from '../../domain/stream-onboarding/frame-record.js';
import { TopNames } from '../../domain/stream-onboarding/top-names.js';
import { type ValueGuard, valueGuard } from '../../domain/stream-onboarding/value-guard.js';

/**
 * Finds rows with values that ClickHouse would store as other values, without a word (256 in a UInt8 is 0), so that they
 * have to be found before. It goes by the columns the table has, not by those it was made with.
 */
export class BatchGuard {
  private readonly guard: ValueGuard | undefined;
  private readonly names = new TopNames();

  constructor(columns: readonly Column[]) {
    this.guard = valueGuard(columns);
  }

  hasUnfit(lines: readonly Uint8Array[]): boolean {
    return this.guard !== undefined && lines.some((line) => this.unfit(line) !== undefined);
  }

  find(lines: readonly Uint8Array[]): RejectedRow[] {
    if (this.guard === undefined) return [];
    return lines.flatMap((line, index) => {
      const unfit = this.unfit(line);
      return unfit === undefined ? [] : [{ index, code: 'record.wrong-type' as const, ...unfit }];
    });
  }

  private unfit(line: Uint8Array): ReturnType<ValueGuard> {
    const frame = frameRecord(line, this.names);
    // What is no object, the parser of the warehouse refuses by itself.
    return typeof frame === 'string' ? undefined : this.guard?.(line, frame, this.names);
  }
}
