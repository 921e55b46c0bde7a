import { Buffer } from 'node:buffer';
import type { Connection, PoolClient, Submittable } from 'pg';

/** Messages of PostgreSQL's frontend protocol. */
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const HEAD_BYTES = 5;

/**
 * One COPY FROM STDIN whose data are there already: they are sent behind the statement, without waiting for the server to
 * ask for them, which spares a way there and back for each chunk. A server that refuses the statement passes them over.
 */
class CopyChunk implements Submittable {
  readonly done: Promise<void>;
  private resolve = (): void => undefined;
  private reject: (cause: unknown) => void = () => undefined;

  constructor(
    private readonly statement: string,
    private readonly lines: Buffer,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head[0] = COPY_DATA;
    head.writeUInt32BE(this.lines.length + HEAD_BYTES - 1, 1); // its own four bytes count
    connection.query(this.statement);
    connection.stream.cork();
    for (const part of [head, this.lines, COPY_DONE]) connection.stream.write(part);
    connection.stream.uncork();
  }

  // What follows is called by pg, as answers come.

  handleCopyInResponse(): void {
    // It has been answered.
  }

  handleCommandComplete(): void {
    // It is not at the end of the statement that the next one may be sent.
  }

  handleReadyForQuery(): void {
    this.resolve();
  }

  handleError(cause: unknown): void {
    this.reject(cause);
  }
}

/** Copies lines, whole, by a statement `COPY … FROM STDIN`. Errors are the driver's own. */
export function copyChunk(client: Pick<PoolClient, 'query'>, statement: string, lines: Buffer): Promise<void> {
  return client.query(new CopyChunk(statement, lines)).done;
}
