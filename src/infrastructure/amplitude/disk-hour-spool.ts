import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { Entry } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { HourSpool, KeepWindow, SpooledExport } from '../../domain/ports/hour-spool.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import { type ExportHour, HOUR_MS, hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { type ExportRange, hoursOf } from '../../domain/warehouse-loading/amplitude/export-range.js';
import { AnswerZip } from './answer-zip.js';
import { DiskSpooledExport } from './disk-spooled-export.js';
import { findDuplicates } from './find-duplicates.js';
import { readRecord } from './hour-file.js';
import { type HourRecord, idsOf, type WrittenHour } from './hour-record.js';
import { inOrder } from './in-order.js';
import { OpenedHour } from './opened-hour.js';
import { type KeptHour, SpoolFolder } from './spool-folder.js';
import { sweepSpool } from './spool-sweep.js';
import { noSpace, spoolAnswer, writeEmptyHour, writeHour } from './window-keeper.js';

export interface SpoolLimits {
  /** Time after which Amplitude promises all events of an hour. */
  readonly lagMs: number;
  /** Largest archive of one window. */
  readonly maxAnswerBytes: number;
  /** Bytes of finished hours together. */
  readonly maxBytes: number;
  /** Age since its last use at which an hour goes. */
  readonly keepMs: number;
}

const ANSWER_FILE = 'answer.zip';
/** Hours that are written side by side: while lines of one are looked at, another is decompressed. */
const HOURS_AT_ONCE = 3;
const RECORDS_AHEAD = 4;

/** Hours as files below `PENSTOCK_HOME`. */
export class DiskHourSpool implements HourSpool {
  private readonly folder: SpoolFolder;
  /** Of finished hours; counted anew with each sweep. */
  private usedBytes = 0;
  private readonly inTurn = pLimit(HOURS_AT_ONCE);

  constructor(
    root: string,
    private readonly limits: SpoolLimits,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.folder = new SpoolFolder(root);
  }

  async kept(project: string, range: ExportRange): Promise<ReadonlySet<ExportHour>> {
    const listed = [...(await this.folder.list(project, range)).values()];
    const complete = listed.filter((kept) => !this.isProvisional(kept));
    await this.folder.touch(complete, this.clock.nowMs());
    return new Set(complete.map(({ hour }) => hour));
  }

  async keep(request: KeepWindow, archive: AsyncIterable<Uint8Array>): Promise<'kept' | 'unattributed'> {
    const nowMs = this.clock.nowMs();
    const temporary = await this.folder.temporary();
    const path = join(temporary, ANSWER_FILE);
    try {
      const maxBytes = Math.min(this.limits.maxAnswerBytes, Math.max(0, this.limits.maxBytes - this.usedBytes));
      const answer = await spoolAnswer(archive, path, { maxBytes, signal: request.signal });
      this.metrics.count('penstock_export_bytes_total', { vendor: 'amplitude' }, answer.bytes);
      const zip = await AnswerZip.open(answer.at);
      try {
        return await this.keepHours(request, zip, { folder: temporary, nowMs });
      } finally {
        zip.close();
      }
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async keepEmpty({ project, window }: Omit<KeepWindow, 'signal'>): Promise<void> {
    const temporary = await this.folder.temporary();
    const nowMs = this.clock.nowMs();
    try {
      for (const hour of hoursOf(window)) {
        await this.folder.commit(project, hour, await writeEmptyHour(temporary, hour, nowMs));
      }
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async open(project: string, range: ExportRange, signal: AbortSignal): Promise<SpooledExport> {
    const listed = await this.folder.list(project, range);
    await this.folder.touch(listed.values(), this.clock.nowMs());
    const hours = await this.read(listed, range);
    const ids = hours.map(({ kept, record }) => ({ path: kept.path, start: idsOf(record).start, ...record }));
    const temporary = await this.folder.temporary();
    try {
      const dropped = await findDuplicates(ids, { folder: temporary, signal });
      const opened = hours.map(
        ({ kept, record }, index) => new OpenedHour(kept, record, dropped.get(index), this.isProvisional(kept)),
      );
      return new DiskSpooledExport(opened, this.folder, this.clock);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async sweep(): Promise<void> {
    this.usedBytes = await sweepSpool(this.folder, this.limits, this.clock.nowMs());
    this.metrics.set('penstock_spool_bytes', {}, this.usedBytes);
  }

  /** Those that are whole are kept also when another one is not. */
  private async keepHours(request: KeepWindow, zip: AnswerZip, into: WrittenInto): Promise<'kept' | 'unattributed'> {
    const hours = zip.byHour(request.window);
    if (hours === undefined) return 'unattributed';
    const { signal } = request;
    const write = async ([hour, entries]: [ExportHour, readonly Entry[]]) => ({
      hour,
      made: await this.inTurn(() => writeHour(zip, entries, { ...into, hour, signal })).catch(asBroken),
    });
    let damage: PenstockError | undefined;
    for await (const { hour, made } of inOrder(hours, HOURS_AT_ONCE, write)) {
      if (made instanceof PenstockError) damage = made;
      else await this.commit(request.project, hour, made);
    }
    if (damage !== undefined) throw damage;
    return 'kept';
  }

  private async commit(project: string, hour: ExportHour, made: WrittenHour): Promise<void> {
    this.usedBytes += idsOf(made.record).end;
    if (this.usedBytes > this.limits.maxBytes)
      throw noSpace(`More than ${this.limits.maxBytes} bytes of exported hours are in use.`);
    await this.folder.commit(project, hour, made);
  }

  private async read(listed: ReadonlyMap<ExportHour, KeptHour>, range: ExportRange): Promise<ReadHour[]> {
    const hours: ReadHour[] = [];
    const begin = async (hour: ExportHour) => {
      const kept = listed.get(hour);
      return { hour, kept, record: kept && (await readRecord(kept.path)) };
    };
    for await (const { hour, kept, record } of inOrder(hoursOf(range), RECORDS_AHEAD, begin)) {
      if (kept === undefined || record === undefined) {
        // Cut off, it would be taken for a finished one again.
        await this.folder.discard(kept === undefined ? [] : [kept]);
        throw missing(hour);
      }
      hours.push({ kept, record });
    }
    return hours;
  }

  private isProvisional({ hour, fetchedAtMs }: KeptHour): boolean {
    return fetchedAtMs < (hour + 1) * HOUR_MS + this.limits.lagMs;
  }
}

/** Where hours of an answer are written, and from when they are. */
interface WrittenInto {
  readonly folder: string;
  readonly nowMs: number;
}

/** @returns what one damaged hour is: others may be whole */
function asBroken(error: unknown): PenstockError {
  if (error instanceof PenstockError && error.code === 'vendor.broken') return error;
  throw error;
}

interface ReadHour {
  readonly kept: KeptHour;
  readonly record: HourRecord;
}

function missing(hour: ExportHour): PenstockError {
  return new PenstockError(
    'export.damaged',
    `The hour ${hourText(hour)} has gone from the disk; ask again to download it.`,
  );
}
