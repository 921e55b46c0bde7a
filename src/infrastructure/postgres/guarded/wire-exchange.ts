import type { Connection, DatabaseError, FieldDef, Submittable } from 'pg';

/** One statement of an exchange, by the extended protocol, which takes one statement and no more. */
export interface WireStep {
  readonly text: string;
  readonly values?: readonly (string | null)[];
  /** Its rows are of no interest: their columns are not asked for, and its bytes are written once for all exchanges. */
  readonly isConstant?: boolean;
  /** Rows after which the portal is left alone; 0 or undefined: all of them. */
  readonly maxRows?: number;
}

export interface StepAnswer {
  readonly fields: readonly FieldDef[];
  /** In PostgreSQL's own text. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** As `SELECT 3`; empty where the portal has more rows than were asked for. */
  readonly tag: string;
  /** Rows of it were left out because all of them together have too many bytes. */
  readonly isCut: boolean;
}

export interface ExchangeAnswer {
  readonly steps: readonly StepAnswer[];
  /** Rows of some step were left out. */
  readonly isOverflown: boolean;
}

/** A step was refused, and so all behind it were not run. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';

  constructor(
    readonly step: number,
    override readonly cause: Error,
  ) {
    super('A step of the exchange failed.');
  }
}

export interface ExchangeLimits {
  /** Bytes of rows that are kept, over all steps. */
  readonly maxBytes: number;
  /** Called once, when there are more. */
  readonly onOverflow: () => void;
}

/** One message may be larger than the rows kept, by what comes with it; a larger one is not waited for. */
const MESSAGE_SLACK_BYTES = 1_048_576;

interface Answering {
  fields: readonly FieldDef[];
  readonly rows: (readonly (string | null)[])[];
  isCut: boolean;
}

/** What pg's Connection takes; its published types ask for a second argument that it has not had for years. */
interface Wire {
  readonly stream: { write(bytes: Buffer): void; destroy(error?: Error): void } & NodeJS.EventEmitter;
  parse(message: object): void;
  bind(message: object): void;
  describe(message: object): void;
  execute(message: object): void;
  sync(): void;
  sendCopyFail(reason: string): void;
}

const constants = new Map<string, Buffer>();
/** Steps are constant for given limits, of which callers choose one: their time. */
const MAX_CONSTANTS = 500;

/** The messages of the steps as one piece: many small writes cost more than what is in them. */
function bytesOf(wire: Wire, steps: readonly WireStep[]): Buffer {
  const parts = steps.map((step) => (step.isConstant === true ? constantBytes(wire, step) : stepBytes(wire, step)));
  return Buffer.concat([...parts, recorded(wire, (recorder) => recorder.sync())]);
}

function constantBytes(wire: Wire, step: WireStep): Buffer {
  const known = constants.get(step.text);
  if (known !== undefined) return known;
  const bytes = stepBytes(wire, step);
  if (constants.size >= MAX_CONSTANTS) constants.clear();
  constants.set(step.text, bytes);
  return bytes;
}

function stepBytes(wire: Wire, { text, values = [], maxRows = 0, isConstant }: WireStep): Buffer {
  return recorded(wire, (recorder) => {
    recorder.parse({ text, name: '', types: [] });
    recorder.bind({ portal: '', statement: '', values, binary: false, valueMapper: (value: unknown) => value });
    if (isConstant !== true) recorder.describe({ type: 'P', name: '' });
    recorder.execute({ portal: '', rows: maxRows });
  });
}

/** pg's own messages, kept instead of sent. */
function recorded(wire: Wire, write: (recorder: Wire) => void): Buffer {
  const parts: Buffer[] = [];
  const keep = (bytes: Buffer): boolean => parts.push(bytes) > 0;
  write(Object.create(wire, { _send: { value: keep } }) as Wire);
  return Buffer.concat(parts);
}

/**
 * Several statements in one round trip, with one Sync behind all of them: when one fails, the server skips what follows.
 * So what must not run unless the statements before it have can be sent along with them. Afterwards the connection is in
 * the transaction that the steps left it in.
 */
export class WireExchange implements Submittable {
  readonly done: Promise<ExchangeAnswer>;
  private readonly answers: StepAnswer[] = [];
  private current: Answering = { fields: [], rows: [], isCut: false };
  private keptBytes = 0;
  /** Of a message that is not whole yet. */
  private pendingBytes = 0;
  private isOverflown = false;
  private failure: StepFailure | undefined;
  private resolve!: (answer: ExchangeAnswer) => void;
  private reject!: (failure: StepFailure) => void;
  private stopCounting: () => void = () => undefined;

  constructor(
    private readonly steps: readonly WireStep[],
    private readonly limits: ExchangeLimits,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Connection): null {
    const wire = connection as unknown as Wire;
    this.countBytes(wire);
    wire.stream.write(bytesOf(wire, this.steps));
    return null;
  }

  handleRowDescription({ fields }: { fields: readonly FieldDef[] }): void {
    this.current = { fields, rows: [], isCut: false };
  }

  handleDataRow({ fields, length }: { fields: readonly (string | null)[]; length: number }): void {
    this.pendingBytes = 0;
    this.keptBytes += length;
    if (this.keptBytes <= this.limits.maxBytes) {
      this.current.rows.push(fields);
      return;
    }
    this.current.isCut = true;
    if (!this.isOverflown) this.limits.onOverflow();
    this.isOverflown = true;
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.finishStep(text);
  }

  handlePortalSuspended(): void {
    this.finishStep('');
  }

  handleEmptyQuery(): void {
    this.finishStep('');
  }

  handleCopyInResponse(connection: Connection): void {
    (connection as unknown as Wire).sendCopyFail('Nothing is copied here.');
  }

  handleCopyData(): void {}

  handleError(error: DatabaseError | Error): void {
    this.stopCounting();
    // What came before the overflow is an answer, though its statement was cut off.
    if (this.isOverflown) this.finish();
    else this.reject((this.failure ??= new StepFailure(this.answers.length, error)));
  }

  handleReadyForQuery(): void {
    this.stopCounting();
    this.finish();
  }

  private finish(): void {
    if (this.isOverflown && this.answers.length < this.steps.length) {
      this.current.isCut = true;
      this.finishStep('');
    }
    this.resolve({ steps: this.answers, isOverflown: this.isOverflown });
  }

  private finishStep(tag: string): void {
    this.pendingBytes = 0;
    this.answers.push({ ...this.current, tag });
    this.current = { fields: [], rows: [], isCut: false };
  }

  /** The driver holds a message until it is whole, and a single value may have a gigabyte. */
  private countBytes({ stream }: Wire): void {
    const onData = (chunk: Buffer): void => {
      this.pendingBytes += chunk.length;
      if (this.pendingBytes <= this.limits.maxBytes + MESSAGE_SLACK_BYTES) return;
      this.stopCounting();
      this.isOverflown = true;
      stream.destroy(new Error('A row is larger than the largest answer.'));
    };
    stream.prependListener('data', onData);
    this.stopCounting = () => stream.removeListener('data', onData);
  }
}
