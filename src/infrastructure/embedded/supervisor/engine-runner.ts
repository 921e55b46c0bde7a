import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineEndpoint, EngineName } from '../engines.js';
import { BoundedLog } from './bounded-log.js';
import type { Credentials } from './credentials.js';
import { EngineProcess, EngineStartFailed } from './engine-process.js';
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
  private crashes = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly engine: EngineName,
    private readonly context: RunnerContext,
  ) {}

  /** Where it listens, once it does. @throws EngineStartFailed with words for people */
  async need(): Promise<EngineEndpoint> {
    this.coming ??= this.bringUp();
    return this.coming;
  }

  /** Where it listens now, if it does. */
  get endpoint(): EngineEndpoint | undefined {
    return this.running;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.running = undefined;
    await this.process?.stop();
    await this.coming?.catch(() => undefined);
    this.log?.note('stopped');
    this.log?.close();
    this.log = undefined;
  }

  private async bringUp(): Promise<EngineEndpoint> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.start(attempt);
      } catch (error) {
        await this.backOff(error);
      }
    }
  }

  private async start(attempt: number): Promise<EngineEndpoint> {
    this.stopping.signal.throwIfAborted();
    const { files, ports, credentials, startTimeoutMs, onStep } = this.context;
    const dir = files.engineFolder(this.engine);
    await mkdir(dir, { recursive: true, mode: FOLDER_MODE });
    this.log ??= new BoundedLog(files.engineLog(this.engine));
    onStep(this.engine, 'starting…');
    const wanted = attempt === 1 ? ports.last(this.engine) : await ports.lastIfFree(this.engine, ENGINE_HOST);
    this.stopping.signal.throwIfAborted();
    const child = EngineProcess.spawn({
      engine: this.engine,
      args: { dir, host: ENGINE_HOST, port: wanted },
      settings: ENGINES[this.engine].settings(credentials),
      environment: ENGINES[this.engine].environment ?? {},
      log: this.log,
      timeoutMs: startTimeoutMs,
      onStep: (text) => onStep(this.engine, text),
    });
    this.process = child;
    const port = await child.ready();
    await ports.remember(this.engine, port);
    onStep(this.engine, 'ready');
    return this.watch(child, ENGINES[this.engine].endpoint(port, credentials));
  }

  private watch(child: EngineProcess, endpoint: EngineEndpoint): EngineEndpoint {
    const startedAt = performance.now();
    this.log?.note('ready');
    if (!this.stopping.signal.aborted) this.running = endpoint;
    void child.exited.then((how) => {
      this.running = undefined;
      if (this.stopping.signal.aborted) return;
      if (performance.now() - startedAt > STABLE_MS) this.crashes = 0;
      this.coming = this.comeBack(how);
      // Whoever needs the engine next hears of a failure; it is logged in any case.
      this.coming.catch(() => undefined);
    });
    return endpoint;
  }

  private async comeBack(how: string): Promise<EngineEndpoint> {
    await this.backOff(new EngineStartFailed(how, false));
    const endpoint = await this.bringUp();
    this.context.onBack(this.engine, endpoint);
    return endpoint;
  }

  /** Waits before the next attempt. @throws EngineStartFailed when there is to be none */
  private async backOff(error: unknown): Promise<void> {
    if (this.stopping.signal.aborted) throw new EngineStartFailed('the engines are being stopped', false);
    const { title } = ENGINES[this.engine];
    const reason = error instanceof Error ? error.message : String(error);
    this.crashes += 1;
    this.log?.note(`${reason} (${this.crashes} in a row)`);
    const fatal = error instanceof EngineStartFailed && error.fatal;
    if (fatal || this.crashes >= MAX_CRASHES) throw this.giveUp(reason, fatal);
    this.context.onStep(this.engine, `${reason}; starting it again`);
    const waitMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (this.crashes - 1), MAX_BACK_OFF_MS);
    await sleep(waitMs, undefined, { signal: this.stopping.signal }).catch(() => {
      throw new EngineStartFailed(`${title}: the engines are being stopped`, false);
    });
  }

  private giveUp(reason: string, fatal: boolean): EngineStartFailed {
    const { title } = ENGINES[this.engine];
    const path = this.context.files.engineLog(this.engine);
    const times = fatal ? '' : ` ${this.crashes} times in a row`;
    const tail = this.log?.tail ?? '';
    this.log?.note('given up until it is needed again');
    this.crashes = 0;
    this.coming = undefined;
    this.context.onGivenUp(this.engine);
    const words = fatal ? `${title}: ${reason}` : `${title} failed${times}: ${reason}. Its log is ${path}.`;
    return new EngineStartFailed(tail === '' || fatal ? words : `${words} It ends:\n${tail}`, fatal);
  }
}
