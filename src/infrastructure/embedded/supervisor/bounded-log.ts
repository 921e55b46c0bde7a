import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A log file is moved aside (`.1`, one generation) when it has grown to this. */
const MAX_LOG_BYTES = 5 * 1024 * 1024;
const CLOSED = -1;
const TAIL_LINES = 12;
const TAIL_LINE_CHARS = 300;

/** An engine's log file. Written synchronously: the last words of a dying engine are the ones that matter. */
export class BoundedLog {
  private fd: number;
  private bytes: number;
  private tailLines: string[] = [];

  constructor(
    readonly path: string,
    private readonly maxBytes = MAX_LOG_BYTES,
  ) {
    this.fd = openSync(path, 'a', 0o600);
    this.bytes = fstatSync(this.fd).size;
  }

  /** Takes output as it comes. A log that cannot be written (disk full) must not take the engine with it. */
  write(chunk: Buffer): void {
    this.keepTail(chunk);
    try {
      writeSync(this.fd, chunk);
      this.bytes += chunk.length;
      if (this.bytes >= this.maxBytes) this.rotate();
    } catch {
      // Nowhere left to say so; the next chunk tries again.
    }
  }

  /** A line of our own. */
  note(text: string): void {
    this.write(Buffer.from(`${new Date().toISOString()} penstock: ${text}\n`));
  }

  /** From here on, `tail` tells about a new life of the engine. */
  startTail(): void {
    this.tailLines = [];
  }

  /** The last lines since `startTail`, for the reason of a failure. */
  get tail(): string {
    return this.tailLines.join('\n');
  }

  close(): void {
    const fd = this.fd;
    this.fd = CLOSED; // the number will soon be another file's
    closeSync(fd);
  }

  private keepTail(chunk: Buffer): void {
    const lines = chunk.toString('utf8').split('\n').filter(Boolean);
    const short = lines.slice(-TAIL_LINES).map((line) => line.slice(0, TAIL_LINE_CHARS));
    this.tailLines = [...this.tailLines, ...short].slice(-TAIL_LINES);
  }

  private rotate(): void {
    renameSync(this.path, `${this.path}.1`);
    const full = this.fd;
    this.fd = openSync(this.path, 'a', 0o600);
    this.bytes = 0;
    closeSync(full);
  }
}
