import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LambdaFunction } from './function-catalog.js';
import type { FunctionFault, InstanceMessage, InvocationMessage } from './instance-messages.js';
import type { LambdaLimits } from './limits.js';
import { LogTail } from './log-tail.js';

/** How an invocation ended: JSON of the answer, or what went wrong, and the end of what the function wrote. */
export interface InvocationEnd {
  readonly answer?: string;
  readonly fault?: FunctionFault;
  readonly log: Buffer;
}

export interface InvocationEvent {
  readonly requestId: string;
  readonly payload: string;
  readonly clientContext?: string;
}

type Told = Extract<InstanceMessage, { readonly requestId: string }>;

/** Output is read by whoever runs the runner, too. */
export type WriteLog = (chunk: Uint8Array | string) => void;

/** One process that serves one function, one event at a time. */
export class FunctionInstance {
  private readonly tail: LogTail;
  private broken: FunctionFault | undefined;
  private hasEnded = false;
  private readonly ended: Promise<string>;
  private readonly ready: Promise<boolean>;

  private constructor(
    private readonly child: ChildProcess,
    readonly lambda: LambdaFunction,
    private readonly limits: LambdaLimits,
    writeLog: WriteLog,
  ) {
    this.tail = new LogTail(limits.logTailBytes);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.tail.write(chunk);
        writeLog(chunk);
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    void this.ended.then(() => (this.hasEnded = true));
    this.ready = this.begun();
  }

  static start(lambda: LambdaFunction, limits: LambdaLimits, writeLog: WriteLog): FunctionInstance {
    const child = fork(instanceMain(), [lambda.path, lambda.arn], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      cwd: lambda.directory,
      env: lambda.environment,
      execArgv: [`--max-old-space-size=${limits.memoryMegabytes}`],
    });
    return new FunctionInstance(child, lambda, limits, writeLog);
  }

  /** It can take another event. */
  get isAlive(): boolean {
    return !this.hasEnded && this.child.connected;
  }

  async invoke(event: InvocationEvent): Promise<InvocationEnd> {
    if (!(await this.ready)) return this.end({ fault: await this.initFault() });
    const { requestId } = event;
    const timeoutMs = this.lambda.timeoutSeconds * 1000;
    const deadlineMs = Date.now() + timeoutMs;
    this.tail.write(`START RequestId: ${requestId} Version: $LATEST\n`);
    const told = this.answerTo(requestId);
    const begun = performance.now();
    this.child.send({ ...event, deadlineMs } satisfies InvocationMessage, () => undefined);
    const outcome = await withTimeout(Promise.race([told, this.ended]), timeoutMs);
    const ms = (performance.now() - begun).toFixed(2);
    this.tail.write(`END RequestId: ${requestId}\nREPORT RequestId: ${requestId}\tDuration: ${ms} ms\n`);
    if (outcome === undefined) return this.timedOut(requestId);
    if (typeof outcome === 'string') return this.end({ fault: exited(requestId, outcome) });
    return this.end('answer' in outcome ? this.answered(outcome.answer) : { fault: outcome.fault });
  }

  /** At once: a function has no last words. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private answered(answer: string): Omit<InvocationEnd, 'log'> {
    const bytes = Buffer.byteLength(answer);
    const limit = this.limits.syncPayloadBytes;
    if (bytes <= limit) return { answer };
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${limit} bytes).`;
    return { fault: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
  }

  private async timedOut(requestId: string): Promise<InvocationEnd> {
    await this.kill();
    const seconds = this.lambda.timeoutSeconds.toFixed(2);
    const errorMessage = `${new Date().toISOString()} ${requestId} Task timed out after ${seconds} seconds`;
    return this.end({ fault: { errorType: 'Sandbox.Timedout', errorMessage } });
  }

  private end(how: Omit<InvocationEnd, 'log'>): InvocationEnd {
    return { ...how, log: this.tail.take() };
  }

  private async begun(): Promise<boolean> {
    const first = this.heard((message) => ('requestId' in message ? undefined : message));
    const outcome = await withTimeout(Promise.race([first, this.ended]), this.limits.initMs);
    if (typeof outcome === 'object' && 'ready' in outcome) return true;
    if (typeof outcome === 'object') this.broken = outcome.broken;
    await this.kill();
    return false;
  }

  private async initFault(): Promise<FunctionFault> {
    if (this.broken !== undefined) return this.broken;
    const how = await this.ended;
    const errorMessage = `The module was not imported within ${this.limits.initMs} ms, or ended its process: ${how}`;
    return { errorType: 'Runtime.InitError', errorMessage };
  }

  private answerTo(requestId: string): Promise<Told> {
    return this.heard((message) => ('requestId' in message && message.requestId === requestId ? message : undefined));
  }

  /** The first message that is wanted. */
  private heard<T extends InstanceMessage>(wanted: (message: InstanceMessage) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const hear = (message: InstanceMessage): void => {
        const found = wanted(message);
        if (found === undefined) return;
        this.child.off('message', hear);
        resolve(found);
      };
      this.child.on('message', hear);
    });
  }
}

/** Always the compiled one: under a test runner this module may be the TypeScript source. */
function instanceMain(): string {
  const beside = fileURLToPath(new URL('./instance-main.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(
    new URL('../../../../dist/src/infrastructure/embedded/lambda/instance-main.js', import.meta.url),
  );
}

function exited(requestId: string, how: string): FunctionFault {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: ${how}`;
  return { errorType: 'Runtime.ExitError', errorMessage };
}

/** @returns undefined when the time is over first */
async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
