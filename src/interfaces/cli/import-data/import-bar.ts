import { Presets, SingleBar } from 'cli-progress';
import type { ImportProgress } from '../../../application/sales-reporting/imports/csv-import.js';

/** Shorter imports need no bar. */
const SHOWN_AFTER_MS = 1000;
const BAR = '{bar} {percentage}% | {rows} rows, {rejected} bad | {speed} rows/s | {eta_formatted} left';
const COUNT = '{rows} rows, {rejected} bad | {speed} rows/s | {duration_formatted}';

/** How far an import is, on a terminal: with a bar and the time that is left where the size of the file is known. */
export class ImportBar {
  private readonly begunAt = performance.now();
  private bar: SingleBar | undefined;

  show(progress: ImportProgress): void {
    const elapsedMs = performance.now() - this.begunAt;
    if (!process.stderr.isTTY || elapsedMs < SHOWN_AFTER_MS) return;
    const { bytes, rows, rejected } = progress;
    const speed = Math.round((rows / elapsedMs) * 1000);
    this.bar ??= started(progress);
    this.bar.update(bytes, { rows, rejected, speed });
  }

  hide(): void {
    this.bar?.stop();
  }
}

function started({ totalBytes, bytes }: ImportProgress): SingleBar {
  const format = totalBytes === undefined ? COUNT : BAR;
  const options = { format, stream: process.stderr, fps: 4, clearOnComplete: true, hideCursor: true, etaBuffer: 100 };
  const bar = new SingleBar(options, Presets.shades_classic);
  bar.start(totalBytes ?? 1, bytes, { rows: 0, rejected: 0, speed: 0 });
  return bar;
}
