import { join } from 'node:path';
import type { Entry } from 'yauzl';
import { PenstockError } from '../../domain/errors.js';
import { type ExportHour, hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import type { AnswerZip } from './answer-zip.js';
import type { PartRecord, WrittenRun } from './run-record.js';
import { IdWriter } from './id-writer.js';
import { inOrder } from './in-order.js';
import { beginPart, type BegunPart, type PartTarget, writePart } from './part-writer.js';
import { RunFile } from './run-file.js';

/** Small parts that are read and decompressed while lines of the one before them are looked at. */
const PARTS_AHEAD = 2;
/** A run that has grown to this ends with its hour: what is thrown away, or lost by dying, is not more than one run. */
const RUN_BYTES = 64 * 1024 * 1024;

/** Where runs are written, and what they say of their time. */
export interface RunTarget {
  readonly folder: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** Hours of an answer, with the files that are theirs, in order. */
export type AnsweredHours = ReadonlyMap<ExportHour, readonly Entry[]>;

type Part = BegunPart | PenstockError;

/**
 * Writes the hours of an answer as runs. An hour that is damaged ends one, and is told as the error that it is: the others
 * are whole.
 */
export async function* writeRuns(
  zip: AnswerZip,
  hours: AnsweredHours,
  target: RunTarget,
): AsyncGenerator<WrittenRun | PenstockError> {
  const entries = [...hours.values()].flat();
  const parts = inOrder(entries, PARTS_AHEAD, (entry): Promise<Part> => beginPart(zip, entry).catch(asBroken));
  let run: RunFile | undefined;
  try {
    for (const [hour, { length: count }] of hours) {
      target.signal.throwIfAborted();
      run ??= new RunFile(join(target.folder, hourText(hour)));
      const broken = await addHour(run, { hour, zip, parts, count, signal: target.signal });
      if (broken === undefined && run.parts.length < RUN_BYTES) continue;
      yield* finished(run, target.nowMs);
      run = undefined;
      if (broken !== undefined) yield broken;
    }
    if (run !== undefined) yield* finished(run, target.nowMs);
  } finally {
    await run?.close();
    await parts.return(undefined);
  }
}

/** Hours without events are finished ones as well. */
export async function writeEmptyRun(
  hours: readonly ExportHour[],
  target: Omit<RunTarget, 'signal'>,
): Promise<WrittenRun> {
  const [first = 0] = hours;
  const run = new RunFile(join(target.folder, hourText(first)));
  for (const hour of hours)
    await run.add(async () => ({ hour, lines: 0, unidentified: 0, unreadable: 0, ids: 0, idsCrc: 0, parts: [] }));
  try {
    return await run.finish(target.nowMs);
  } finally {
    await run.close();
  }
}

async function* finished(run: RunFile, fetchedAtMs: number): AsyncGenerator<WrittenRun> {
  const made = run.isEmpty ? undefined : await run.finish(fetchedAtMs);
  await run.close();
  if (made !== undefined) yield made;
}

interface HourSource {
  readonly hour: ExportHour;
  readonly zip: AnswerZip;
  /** Those of all hours; the next `count` are of this one. */
  readonly parts: AsyncGenerator<Part>;
  readonly count: number;
  readonly signal: AbortSignal;
}

/** @returns what is damaged of the hour, nothing of which is in the run then */
async function addHour(run: RunFile, source: HourSource): Promise<PenstockError | undefined> {
  const { hour, zip, parts, count, signal } = source;
  const ids = new IdWriter(run.digests);
  const target: PartTarget = { file: run.parts, ids, signal };
  let broken: PenstockError | undefined;
  await run.add(async () => {
    const written: PartRecord[] = [];
    for (let left = count; left > 0; left -= 1) {
      const part = (await parts.next()).value as Part;
      const made =
        broken ?? (part instanceof PenstockError ? part : await writePart(zip, part, target).catch(asBroken));
      if (made instanceof PenstockError) broken = made;
      else written.push(made);
    }
    await ids.finish();
    const { lines, unidentified, unreadable, crc: idsCrc } = ids;
    return broken ?? { hour, lines, unidentified, unreadable, ids: ids.written, idsCrc, parts: written };
  });
  return broken;
}

/** @returns what one damaged hour is: others may be whole */
function asBroken(error: unknown): PenstockError {
  if (error instanceof PenstockError && error.code === 'vendor.broken') return error;
  throw error;
}
