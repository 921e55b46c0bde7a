import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { AmplitudeEvent, SpooledExport } from '../../domain/ports/hour-spool.port.js';
import { archiveName } from '../../domain/warehouse-loading/amplitude/archive-name.js';
import type { ExportHour } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { ExportWeek } from '../../domain/warehouse-loading/amplitude/iso-week.js';
import type {
  ArchivedFile,
  ExportedRange,
  HourCounts,
} from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import { type FileUse, touching } from './hours-in-use.js';
import { keptLines } from './kept-lines.js';
import { LineSplitter } from './line-splitter.js';
import type { OpenedHour } from './opened-hour.js';
import type { SpoolFolder } from './spool-folder.js';
import { asDamage, summed, weekArchive, weeksArchive } from './week-archives.js';

/** Lines that are parsed, and held, together. */
const EVENTS_BYTES = 256 * 1024;

/** Hours on disk, read as one export. */
export class DiskSpooledExport implements SpooledExport {
  constructor(
    private readonly opened: readonly OpenedHour[],
    private readonly folder: SpoolFolder,
    private readonly use: FileUse,
    private readonly clock: Clock,
  ) {}

  get hours(): readonly HourCounts[] {
    return this.opened.map(({ counts }) => counts);
  }

  async *archive(
    exported: ExportedRange,
    weeks: readonly ExportWeek[],
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, ArchivedFile> {
    const [only] = weeks;
    const isOne = only !== undefined && weeks.length === 1;
    const bytes = isOne
      ? weekArchive(exported, only, this.opened, signal)
      : weeksArchive(exported, weeks, this.opened, signal);
    const stopTouching = touching(() => this.touch());
    try {
      return yield* summed(archiveName(weeks), bytes);
    } catch (error) {
      throw await this.damaged(error, this.opened);
    } finally {
      stopTouching();
    }
  }

  fingerprint(hour: ExportHour): string {
    const opened = this.find(hour);
    const digest = createHash('sha256');
    for (const { packedCrc, bytes } of opened?.record.parts ?? []) digest.update(`${packedCrc}:${bytes};`);
    return digest
      .update(opened?.droppedBits ?? '')
      .digest('hex')
      .slice(0, 16);
  }

  async *events(hour: ExportHour, signal: AbortSignal): AsyncGenerator<AmplitudeEvent> {
    const opened = this.find(hour);
    if (opened === undefined) return;
    const stopTouching = touching(() => this.touch());
    try {
      for (const lines of opened.parts()) {
        for await (const piece of keptLines(lines, EVENTS_BYTES)) {
          signal.throwIfAborted();
          yield* parsed(piece);
        }
      }
    } catch (error) {
      throw await this.damaged(error, [opened]);
    } finally {
      stopTouching();
    }
  }

  close(): Promise<void> {
    return this.use.end();
  }

  private async touch(): Promise<void> {
    await this.use.touch();
    await this.folder.touch(
      this.opened.map(({ kept }) => kept),
      this.clock.nowMs(),
    );
  }

  private find(hour: ExportHour): OpenedHour | undefined {
    return this.opened.find((opened) => opened.hour === hour);
  }

  private async damaged(error: unknown, hours: readonly OpenedHour[]): Promise<unknown> {
    const translated = asDamage(error);
    if (translated !== error) await this.folder.discard(hours.map(({ kept }) => kept));
    return translated;
  }
}

function parsed(piece: Buffer): AmplitudeEvent[] {
  const events: AmplitudeEvent[] = [];
  const splitter = new LineSplitter((bytes, start, end) => {
    const value = parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
    if (value !== undefined) events.push(value);
  });
  splitter.feed(piece);
  splitter.finish();
  return events;
}

function parse(line: string): AmplitudeEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as AmplitudeEvent) : undefined;
  } catch {
    return undefined; // counted as unreadable when the hour came
  }
}
