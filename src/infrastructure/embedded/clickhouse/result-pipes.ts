import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

/**
 * Named pipes that results come through. The engine formats a result exactly as a server would (one header, one footer,
 * totals, Parquet, anything) and stops by itself while the reader is behind. The streaming call of chDB does neither: it
 * repeats the format's head and foot for every block, and plans the query on the calling thread.
 */
export class ResultPipes {
  private readonly free: string[];

  constructor(directory: string, count: number) {
    this.free = Array.from({ length: count }, (_, at) => join(directory, `result-${at}`));
    execFileSync('mkfifo', ['-m', '600', ...this.free]); // Node has no call for this
  }

  /** A pipe for one query. There are as many as queries may run. */
  open(): ResultPipe {
    const path = this.free.pop();
    if (path === undefined) throw new Error('More results than queries.');
    try {
      return new ResultPipe(path, () => this.free.push(path));
    } catch (cause) {
      this.free.push(path);
      throw cause;
    }
  }
}

export class ResultPipe {
  /** The bytes of the result; ends after `writerDone`, when all of it was read. */
  readonly reader: Socket;
  private keeper: number | undefined;

  constructor(
    readonly path: string,
    private readonly giveBack: () => void,
  ) {
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    // Without a writer of ours the reader would see the end before the engine has opened its own.
    this.keeper = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    this.reader = new Socket({ fd: reading, readable: true, writable: false });
    this.reader.on('error', () => undefined); // the query tells what went wrong; a broken pipe is its echo
    this.reader.pause();
  }

  /** The engine writes no more: the end shows once the rest was read. */
  writerDone(): void {
    if (this.keeper !== undefined) closeSync(this.keeper);
    this.keeper = undefined;
  }

  /** After the engine let go of it. A pipe forgets what was not read when its last end closes. */
  close(): void {
    this.writerDone();
    if (this.reader.closed) return this.giveBack();
    this.reader.once('close', this.giveBack);
    this.reader.destroy();
  }
}
