import { Presets, SingleBar } from 'cli-progress';
import type { ProducerStats } from '../../../application/event-pipelines/delivery-book.js';

const REFRESH_MS = 250;
const SECOND_MS = 1000;
/** Shorter runs need no bar. */
const SHOWN_AFTER_MS = 1000;
const BAR = '{bar} {percentage}% | {sent} sent, {errors} given up | {speed} events/s | {eta_formatted} left';
const COUNT = '{sent} sent, {errors} given up | {speed} events/s | {duration_formatted}';

/** How far publishing is, on a terminal. */
export class ProduceBar {
  private timer: NodeJS.Timeout | undefined;
  private bar: SingleBar | undefined;

  /** @param total unset: not known */
  constructor(private readonly total: number | undefined) {}

  watch(stats: () => ProducerStats): void {
    if (!process.stderr.isTTY) return;
    const begunAt = performance.now();
    this.timer = setInterval(() => this.show(stats(), performance.now() - begunAt), REFRESH_MS);
  }

  hide(): void {
    clearInterval(this.timer);
    this.bar?.stop();
    this.bar = undefined;
  }

  private show({ sent, errors }: ProducerStats, elapsedMs: number): void {
    if (elapsedMs < SHOWN_AFTER_MS) return;
    const speed = Math.round((sent / elapsedMs) * SECOND_MS);
    this.bar ??= this.started();
    this.bar.update(sent + errors, { sent, errors, speed });
  }

  private started(): SingleBar {
    const format = this.total === undefined ? COUNT : BAR;
    const options = { format, stream: process.stderr, clearOnComplete: true, hideCursor: true, etaBuffer: 100 };
    const bar = new SingleBar(options, Presets.shades_classic);
    bar.start(this.total ?? 1, 0, { sent: 0, errors: 0, speed: 0 });
    return bar;
  }
}
