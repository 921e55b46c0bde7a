import { Presets, SingleBar } from 'cli-progress';

/** Shorter waits need no explanation. */
const SHOWN_AFTER_MS = 1000;
const TICKS_PER_SECOND = 4;

/**
 * What a person sees while a command takes longer than a second: on a terminal a line that moves, elsewhere only the steps
 * of engines that start. All of it on stderr, and gone before the result is printed.
 */
export class Progress {
  private bar: SingleBar | undefined;
  private label = '';

  async during<T>(label: string, work: () => Promise<T>): Promise<T> {
    this.label = label;
    const timer = setTimeout(() => this.show(), SHOWN_AFTER_MS);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      this.hide();
    }
  }

  /** A step worth telling at once. */
  step(text: string): void {
    this.label = text;
    if (this.bar) this.bar.update({ label: text });
    else if (process.stderr.isTTY) this.show();
    else process.stderr.write(`${text}\n`);
  }

  /** How far it is, for who watches the line that moves. */
  note(text: string): void {
    this.label = text;
    this.bar?.update({ label: text });
  }

  hide(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private show(): void {
    if (!process.stderr.isTTY || this.bar) return;
    const options = { format: '{label} {duration_formatted}', stream: process.stderr, fps: TICKS_PER_SECOND };
    this.bar = new SingleBar({ ...options, clearOnComplete: true, hideCursor: true }, Presets.legacy);
    this.bar.start(1, 0, { label: this.label });
  }
}
