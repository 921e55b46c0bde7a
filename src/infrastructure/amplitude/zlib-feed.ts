import type { Transform } from 'node:stream';

/**
 * Gives pieces to a stream of Node's zlib and waits until each is worked off. Such a stream never calls back for the piece
 * it fails on, nor for one it is destroyed over.
 */
export class ZlibFeed {
  /** Why the stream failed, if it did. */
  failure: unknown;
  private wake: () => void = () => {};

  constructor(private readonly stream: Transform) {
    stream.on('error', (error) => (this.failure ??= error));
    stream.on('close', () => this.wake());
  }

  async write(chunk: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.stream.destroyed) resolve();
      else this.stream.write(chunk, () => resolve());
    });
  }

  /** Resolves when everything has come out. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.stream.destroyed) resolve();
      else this.stream.end();
    });
  }

  /** Nobody waits for what comes out any more. */
  get isOver(): boolean {
    return this.stream.destroyed;
  }

  fail(error: unknown): void {
    this.failure ??= error;
    this.stream.destroy();
  }
}
