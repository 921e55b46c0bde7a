import { Buffer } from 'node:buffer';
import type { ClientBase, Connection, Submittable } from 'pg';

/** Messages of PostgreSQL's frontend protocol. */
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const HEAD_BYTES = 5;

/**
 * One COPY FROM STDIN whose data are there already: they are sent behind the statement, without waiting for the server to
 * ask for them, which spares a way there and back for each chunk. A server that refuses the statement passes them over.
 */
class CopyChunk implements Submittable {
  readonly done: Promise<number>;
  private rows = 0;
  private resolve: (rows: number) => void = () => undefined;
  private reject: (cause: unknown) => void = () => undefined;

  constructor(
    private readonly statement: string,
    private readonly lines: readonly Uint8Array[],
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head[0] = COPY_DATA;
    const length = this.lines.reduce((sum, part) => sum + part.length, 0);
    head.writeUInt32BE(length + HEAD_BYTES - 1, 1); // its own four bytes count
    connection.query(this.statement);
    connection.stream.cork();
    for (const part of [head, ...this.lines, COPY_DONE]) connection.stream.write(part);
    connection.stream.uncork();
  }

  // What follows is called by pg, as answers come.

  handleCopyInResponse(): void {
    // It has been answered.
  }

  /** Not yet the time for the next statement. Statements before the COPY are told too. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.resolve(this.rows);
  }

  handleError(cause: unknown): void {
    this.reject(cause);
  }
}

/**
 * Copies whole lines by a statement `COPY … FROM STDIN`, which may stand behind others. The bytes are not copied, and must
 * not change before it is done. Errors are the driver's own.
 *
 * @returns how many rows PostgreSQL has stored
 */
export function copyChunk(
  client: Pick<ClientBase, 'query'>,
  statement: string,
  ...lines: readonly Uint8Array[]
): Promise<number> {
  return client.query(new CopyChunk(statement, lines)).done;
}
