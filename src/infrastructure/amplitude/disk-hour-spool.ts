import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { HourSpool, HoursUse, KeepWindow, SpooledExport } from '../../domain/ports/hour-spool.port.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import { type ExportHour, HOUR_MS, hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { type ExportRange, hoursOf } from '../../domain/warehouse-loading/amplitude/export-range.js';
import { AnswerZip } from './answer-zip.js';
import { DiskSpooledExport } from './disk-spooled-export.js';
import { findDuplicates } from './find-duplicates.js';
import { noSpace } from './gathered-file.js';
import { HoursInUse, touching } from './hours-in-use.js';
import type { HourRecord, WrittenRun } from './run-record.js';
import { inOrder } from './in-order.js';
import { OpenedHour } from './opened-hour.js';
import { readRun } from './run-file.js';
import { type AnsweredHours, type RunTarget, writeEmptyRun, writeRuns } from './run-writer.js';
import { type KeptHour, SpoolFolder } from './spool-folder.js';
import { asDamage } from './week-archives.js';
import { sweepHours, type SweptHours, sweepSpool } from './spool-sweep.js';
import { type AnswerLimit, spoolAnswer } from './spooled-answer.js';

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
/** Answers whose hours are written side by side; more of them have come, and wait. */
const ANSWERS_AT_ONCE = 2;
const RECORDS_AHEAD = 4;

/** Hours as files below `PENSTOCK_HOME`. */
export class DiskHourSpool implements HourSpool {
  private readonly folder: SpoolFolder;
  private readonly inUse: HoursInUse;
  /** Of finished runs; counted anew with each sweep. */
  private usedBytes = 0;
  private readonly inTurn = pLimit(ANSWERS_AT_ONCE);
  private readonly oneByOne = pLimit(1);

  constructor(
    root: string,
    private readonly limits: SpoolLimits,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.folder = new SpoolFolder(root);
    this.inUse = new HoursInUse(this.folder.using, clock);
  }

  async use(project: string, range: ExportRange): Promise<HoursUse> {
    const use = await this.inUse.begin(project, range);
    const stopTouching = touching(() => use.touch());
    const end = async (): Promise<void> => {
      stopTouching();
      await use.end();
    };
    return { end };
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
      const answer = await spoolAnswer(archive, path, { limit: this.answerLimit, signal: request.signal });
      this.metrics.count('penstock_export_bytes_total', { vendor: 'amplitude' }, answer.bytes);
      const zip = await AnswerZip.open(answer.at);
      try {
        const hours = zip.byHour(request.window);
        if (hours === undefined) return 'unattributed';
        const target = { folder: temporary, nowMs, signal: request.signal };
        await this.inTurn(() => this.keepHours(request.project, { zip, hours }, target));
        return 'kept';
      } finally {
        await zip.close();
      }
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async keepEmpty({ project, window }: Omit<KeepWindow, 'signal'>): Promise<void> {
    const temporary = await this.folder.temporary();
    const nowMs = this.clock.nowMs();
    try {
      await this.commit(project, await writeEmptyRun([...hoursOf(window)], { folder: temporary, nowMs }));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async open(project: string, range: ExportRange, signal: AbortSignal): Promise<SpooledExport> {
    const use = await this.inUse.begin(project, range);
    try {
      return new DiskSpooledExport(await this.openHours(project, range, signal), this.folder, use, this.clock);
    } catch (error) {
      await use.end();
      throw error;
    }
  }

  async sweep(): Promise<void> {
    this.countUsed(await sweepSpool(this.swept, this.limits));
  }

  private async openHours(project: string, range: ExportRange, signal: AbortSignal): Promise<OpenedHour[]> {
    const listed = await this.folder.list(project, range);
    await this.folder.touch(listed.values(), this.clock.nowMs());
    const hours = await this.read(listed, range);
    const ids = hours.map(({ kept, record }) => ({
      path: kept.path,
      start: record.idsStart,
      crc: record.idsCrc,
      ...record,
    }));
    const temporary = await this.folder.temporary();
    try {
      const dropped = await findDuplicates(ids, { folder: temporary, signal });
      return hours.map(
        ({ kept, record }, index) => new OpenedHour(kept, record, dropped.get(index), this.isProvisional(kept)),
      );
    } catch (error) {
      const translated = asDamage(error);
      if (translated !== error) await this.folder.discard(listed.values());
      throw translated;
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  private get swept(): SweptHours {
    return { folder: this.folder, inUse: this.inUse, nowMs: this.clock.nowMs() };
  }

  private get answerLimit(): AnswerLimit {
    const { maxAnswerBytes, maxBytes } = this.limits;
    return maxAnswerBytes <= maxBytes
      ? { bytes: maxAnswerBytes, setting: 'AMPLITUDE_MAX_ANSWER_BYTES' }
      : { bytes: maxBytes, setting: 'AMPLITUDE_SPOOL_BYTES' };
  }

  private countUsed(bytes: number): void {
    this.usedBytes = bytes;
    this.metrics.set('penstock_spool_bytes', {}, bytes);
  }

  /** Those that are whole are kept also when another one is not. */
  private async keepHours(
    project: string,
    { zip, hours }: { readonly zip: AnswerZip; readonly hours: AnsweredHours },
    target: RunTarget,
  ): Promise<void> {
    let damage: PenstockError | undefined;
    for await (const made of writeRuns(zip, hours, target)) {
      if (made instanceof PenstockError) damage = made;
      else await this.commit(project, made);
    }
    if (damage !== undefined) throw damage;
  }

  private commit(project: string, made: WrittenRun): Promise<void> {
    return this.oneByOne(async () => {
      await this.makeRoom(made.bytes);
      await this.folder.commit(project, made);
      this.usedBytes += made.bytes;
    });
  }

  /** Hours go when their room is needed, not before: they may be asked for again. */
  private async makeRoom(bytes: number): Promise<void> {
    const { maxBytes } = this.limits;
    if (this.usedBytes + bytes <= maxBytes) return;
    this.countUsed(await sweepHours(this.swept, { ...this.limits, maxBytes: maxBytes - bytes }));
    if (this.usedBytes + bytes <= maxBytes) return;
    throw noSpace(
      `The ${maxBytes} bytes of AMPLITUDE_SPOOL_BYTES are full of hours that exports are using: ` +
        'raise it, ask for fewer hours, or wait until other exports have ended.',
    );
  }

  private async read(listed: ReadonlyMap<ExportHour, KeptHour>, range: ExportRange): Promise<ReadHour[]> {
    const records = await recordsOf(new Set(Array.from(listed.values(), ({ path }) => path)));
    const hours: ReadHour[] = [];
    for (const hour of hoursOf(range)) {
      const kept = listed.get(hour);
      const record = kept && records.get(kept.path)?.get(hour);
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

interface ReadHour {
  readonly kept: KeptHour;
  readonly record: HourRecord;
}

/** By the path of their run; what is gone, or not whole, is left out. */
async function recordsOf(paths: Iterable<string>): Promise<ReadonlyMap<string, ReadonlyMap<ExportHour, HourRecord>>> {
  const records = new Map<string, ReadonlyMap<ExportHour, HourRecord>>();
  const begin = async (path: string) => ({ path, run: await readRun(path) });
  for await (const { path, run } of inOrder(paths, RECORDS_AHEAD, begin))
    records.set(path, new Map(run?.hours.map((record) => [record.hour, record])));
  return records;
}

function missing(hour: ExportHour): PenstockError {
  return new PenstockError(
    'export.damaged',
    `The hour ${hourText(hour)} has gone from the disk; ask again to download it.`,
  );
}
