import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineEndpoint, EngineName } from '../engines.js';
import { BoundedLog } from './bounded-log.js';
import type { Credentials } from './credentials.js';
import { EngineProcess, EngineStartFailed, type StartFailure } from './engine-process.js';
import { ENGINE_HOST, ENGINES } from './engine-table.js';
import { FOLDER_MODE, type HomeFiles } from './home-files.js';
import type { RememberedPorts } from './remembered-ports.js';

/** Crashes in a row after which the engine is given up, until somebody needs it again. */
const MAX_CRASHES = 5;
/** An engine that ran this long has recovered: the next crash is the first of a new row. */
const STABLE_MS = 30_000;
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;

export interface RunnerContext {
  readonly files: HomeFiles;
  readonly credentials: Credentials;
  readonly ports: RememberedPorts;
  readonly startTimeoutMs: number;
  readonly onStep: (engine: EngineName, text: string) => void;
  /** The engine is back after a crash, maybe elsewhere. */
  readonly onBack: (engine: EngineName, endpoint: EngineEndpoint) => void;
  readonly onGivenUp: (engine: EngineName) => void;
}

/** Keeps one engine running from the moment it is first needed until `stop`. */
export class EngineRunner {
  private coming: Promise<EngineEndpoint> | undefined;
  private process: EngineProcess | undefined;
  private running: EngineEndpoint | undefined;
  private log: BoundedLog | undefined;
  private lastStep: string | undefined;
  private crashes = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly engine: EngineName,
    private readonly context: RunnerContext,
  ) {}

  /** Where it listens, once it does. @throws EngineStartFailed with words for people */
  async need(): Promise<EngineEndpoint> {
    return this.coming ?? this.expect(this.bringUp());
  }

  /** Where it listens now, if it does. */
  get endpoint(): EngineEndpoint | undefined {
    return this.running;
  }

  /** What it is busy with, while it is on its way up. */
  get currentStep(): string | undefined {
    return this.running || !this.coming ? undefined : this.lastStep;
  }

  /** Resolves when it is neither on its way up nor back. */
  async settled(): Promise<void> {
    await this.coming?.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.running = undefined;
    await this.process?.stop();
    await this.settled();
    this.log?.note('stopped');
    this.log?.close();
    this.log = undefined;
  }

  /** An engine that was given up is brought up anew by the next need. */
  private expect(coming: Promise<EngineEndpoint>): Promise<EngineEndpoint> {
    this.coming = coming;
    coming.catch(() => {
      if (this.coming === coming) this.coming = undefined;
    });
    return coming;
  }

  private async bringUp(): Promise<EngineEndpoint> {
    for (;;) {
      try {
        return await this.start();
      } catch (error) {
        await this.backOff(error);
      }
    }
  }

  private async start(): Promise<EngineEndpoint> {
    this.stopping.signal.throwIfAborted();
    const { files, ports, credentials, startTimeoutMs } = this.context;
    const dir = files.engineFolder(this.engine);
    await mkdir(dir, { recursive: true, mode: FOLDER_MODE });
    this.log ??= new BoundedLog(files.engineLog(this.engine));
    this.step('starting…');
    await ENGINES[this.engine].clearAway?.(dir);
    const wanted = await ports.choose(this.engine, ENGINE_HOST);
    this.stopping.signal.throwIfAborted();
    const child = EngineProcess.spawn({
      engine: this.engine,
      args: { dir, host: ENGINE_HOST, port: wanted },
      settings: ENGINES[this.engine].settings(credentials),
      environment: ENGINES[this.engine].environment ?? {},
      log: this.log,
      timeoutMs: startTimeoutMs,
      onStep: (text) => this.step(text),
    });
    this.process = child;
    const port = await child.ready();
    await ports.remember(this.engine, port);
    this.step('ready');
    return this.watch(child, ENGINES[this.engine].endpoint(port, credentials));
  }

  private watch(child: EngineProcess, endpoint: EngineEndpoint): EngineEndpoint {
    const startedAt = performance.now();
    this.log?.note('ready');
    if (!this.stopping.signal.aborted) this.running = endpoint;
    void this.outlive(child, startedAt);
    return endpoint;
  }

  private async outlive(child: EngineProcess, startedAt: number): Promise<void> {
    const how = await child.exited;
    this.running = undefined;
    if (this.stopping.signal.aborted) return;
    if (performance.now() - startedAt > STABLE_MS) this.crashes = 0;
    // Whoever waits for the engine hears of a failure; it is logged in any case.
    this.expect(this.comeBack(how)).catch(() => undefined);
  }

  private async comeBack(how: string): Promise<EngineEndpoint> {
    await this.backOff(new EngineStartFailed(how, 'crashed'));
    const endpoint = await this.bringUp();
    this.context.onBack(this.engine, endpoint);
    return endpoint;
  }

  /** Waits before the next attempt. @throws EngineStartFailed when there is to be none */
  private async backOff(error: unknown): Promise<void> {
    if (this.stopping.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    this.crashes += 1;
    this.log?.note(`${reason} (${this.crashes} in a row)`);
    const failure = error instanceof EngineStartFailed ? error.failure : 'crashed';
    if (failure !== 'crashed' || this.crashes >= MAX_CRASHES) throw this.giveUp(reason, failure);
    this.step(`${reason}; starting it again`);
    const waitMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (this.crashes - 1), MAX_BACK_OFF_MS);
    try {
      await sleep(waitMs, undefined, { signal: this.stopping.signal });
    } catch {
      // Cut short by `stop`; the next attempt finds that out.
    }
  }

  private giveUp(reason: string, failure: StartFailure): EngineStartFailed {
    const { title } = ENGINES[this.engine];
    const path = this.context.files.engineLog(this.engine);
    const times = this.crashes === 1 ? '' : ` ${this.crashes} times in a row`;
    const tail = this.log?.tail ?? '';
    this.log?.note('given up until it is needed again');
    this.crashes = 0;
    this.context.onGivenUp(this.engine);
    if (failure === 'impossible') return new EngineStartFailed(`${title}: ${reason}`, failure);
    const words = `${title} failed${times}: ${reason}. Its log is ${path}.`;
    return new EngineStartFailed(tail === '' ? words : `${words} It ends:\n${tail}`, failure);
  }

  private step(text: string): void {
    this.lastStep = text;
    this.context.onStep(this.engine, text);
  }
}
