import type { ExportHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { HourCounts } from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import type { DroppedLines } from './find-duplicates.js';
import type { HourRecord } from './run-record.js';
import type { DroppedBits, PartLines } from './kept-lines.js';
import type { KeptHour } from './spool-folder.js';

/** A finished hour with the duplicates that were found in it. */
export class OpenedHour {
  constructor(
    readonly kept: KeptHour,
    readonly record: HourRecord,
    private readonly dropped: DroppedLines | undefined,
    private readonly isProvisional: boolean,
  ) {}

  get hour(): ExportHour {
    return this.kept.hour;
  }

  get droppedBits(): DroppedBits {
    return this.dropped?.bits;
  }

  get counts(): HourCounts {
    const { lines, unidentified, unreadable } = this.record;
    const duplicates = this.dropped?.counts ?? { uuid: 0, insertId: 0 };
    const events = lines - duplicates.uuid - duplicates.insertId;
    return { hour: this.hour, events, duplicates, unidentified, unreadable, isProvisional: this.isProvisional };
  }

  *parts(): Generator<PartLines> {
    const { droppedBits: bits } = this;
    const { path } = this.kept;
    let firstLine = 0;
    for (const part of this.record.parts) {
      yield { path, part, firstLine, bits };
      firstLine += part.lines;
    }
  }

  /** What neither its content nor its compressed form exceeds. */
  get atMostBytes(): number {
    return this.record.parts.reduce(
      (sum, { bytes, start, end }) => sum + Math.max(bytes, end - start) * 1.01 + 1024,
      0,
    );
  }
}
