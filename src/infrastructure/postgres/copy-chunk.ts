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
  private isSent = false;
  private rows = 0;
  private resolve: (rows: number) => void = () => undefined;
  private reject: (cause: unknown) => void = () => undefined;

  constructor(
    private readonly statement: string,
    private readonly lines: readonly Uint8Array[],
    /** Told the connection when its turn has come, and when it has ended. */
    private readonly onTurn: (connection: Connection) => void = () => undefined,
    private readonly onEnd: () => void = () => undefined,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  send(connection: Connection): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head[0] = COPY_DATA;
    const length = this.lines.reduce((sum, part) => sum + part.length, 0);
    head.writeUInt32BE(length + HEAD_BYTES - 1, 1); // its own four bytes count
    this.isSent = true;
    connection.query(this.statement);
    connection.stream.cork();
    for (const part of [head, ...this.lines, COPY_DONE]) connection.stream.write(part);
    connection.stream.uncork();
  }

  // What follows is called by pg, as its turn and answers come.

  submit(connection: Connection): void {
    if (!this.isSent) this.send(connection);
    this.onTurn(connection);
  }

  handleCopyInResponse(): void {
    // It has been answered.
  }

  /** Not yet the time for the next statement. Statements before the COPY are told too. */
  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.onEnd();
    this.resolve(this.rows);
  }

  handleError(cause: unknown): void {
    this.onEnd();
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

/**
 * COPYs of one transaction, each sent while the server is still at the one before, so that it never waits for us. Nothing
 * else may be asked of the connection until all have ended. Those behind one that fails fail too, and store nothing.
 */
export class CopiesAhead {
  /** While the driver has one of them under way. It knows of one at a time, and is given the next when that has ended. */
  private connection: Connection | undefined;
  /** Sent, and not yet given to the driver, in their order. */
  private readonly behind: CopyChunk[] = [];

  constructor(private readonly client: Pick<ClientBase, 'query'>) {}

  /** As `copyChunk`. */
  copy(statement: string, ...lines: readonly Uint8Array[]): Promise<number> {
    const chunk = new CopyChunk(
      statement,
      lines,
      (connection) => (this.connection = connection),
      () => this.turn(),
    );
    if (this.connection === undefined) {
      this.client.query(chunk);
    } else {
      chunk.send(this.connection);
      this.behind.push(chunk);
    }
    return chunk.done;
  }

  private turn(): void {
    this.connection = undefined;
    const next = this.behind.shift();
    if (next !== undefined) this.client.query(next);
  }
}
