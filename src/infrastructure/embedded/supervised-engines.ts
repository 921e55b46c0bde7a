import type { EngineRoom, EngineStep, RunningEngine } from '../../domain/ports/engine-room.port.js';
import { PenstockError } from '../../domain/errors.js';
import { ENGINE_NAMES, type EmbeddedEngines, type EngineEndpoint, type EngineName } from './engines.js';
import { HomeFiles } from './supervisor/home-files.js';
import { Lease, LeaseEnded, NeedFailed, type LeaseEvents } from './supervisor/lease.js';
import { connectOrStart } from './supervisor/supervisor-start.js';

/** How often a need is repeated when the supervisor dies under it. */
const MAX_LOST_LEASES = 3;
/** Supervisors that died in a row, each within this time of being found, after which none is started unasked. */
const MAX_REVIVALS = 5;
const SHORT_LIFE_MS = 10_000;

export interface SupervisedEnginesOptions {
  /** PENSTOCK_HOME. */
  readonly home: string;
  readonly startTimeoutMs: number;
}

/**
 * The embedded engines as one process sees them: it finds or starts the home's supervisor when it first needs an
 * engine, and holds them until `close`. When the supervisor is killed, the engines this process held are started again
 * at once, on their old ports if these are free; when somebody stops them (`engines stop`), at its next `endpoint`.
 */
export class SupervisedEngines implements EmbeddedEngines, EngineRoom {
  private lease: Promise<Lease> | undefined;
  private readonly endpoints = new Map<EngineName, Promise<EngineEndpoint>>();
  private readonly held = new Set<EngineName>();
  private readonly listeners = new Set<(step: EngineStep) => void>();
  private readonly closing = new AbortController();
  private shortLives = 0;

  constructor(private readonly options: SupervisedEnginesOptions) {}

  endpoint(engine: EngineName): Promise<EngineEndpoint> {
    this.held.add(engine);
    const known = this.endpoints.get(engine);
    if (known) return known;
    const asked = this.need(engine);
    this.endpoints.set(engine, asked);
    asked.catch(() => {
      if (this.endpoints.get(engine) === asked) this.endpoints.delete(engine);
    });
    return asked;
  }

  async close(): Promise<void> {
    this.closing.abort();
    const lease = await this.lease?.catch(() => undefined);
    await lease?.leave();
  }

  async list(): Promise<RunningEngine[]> {
    return this.visit((lease) => lease.list(), []);
  }

  async start(): Promise<RunningEngine[]> {
    return Promise.all(ENGINE_NAMES.map(async (name) => ({ name, ...(await this.endpoint(name)) })));
  }

  async stop(): Promise<boolean> {
    this.endpoints.clear();
    return this.visit(async (lease) => {
      await lease.stopAll();
      return true;
    }, false);
  }

  onStep(listener: (step: EngineStep) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private async need(engine: EngineName): Promise<EngineEndpoint> {
    for (let lost = 0; ; lost += 1) {
      try {
        return await (await this.open()).need(engine);
      } catch (error) {
        if (!(error instanceof LeaseEnded) || lost >= MAX_LOST_LEASES || this.closing.signal.aborted) {
          throw this.unavailable(engine, error);
        }
      }
    }
  }

  private open(): Promise<Lease> {
    this.lease ??= this.connect();
    return this.lease;
  }

  private async connect(): Promise<Lease> {
    try {
      this.closing.signal.throwIfAborted();
      const files = await HomeFiles.open(this.options.home);
      const { startTimeoutMs } = this.options;
      return await connectOrStart({ files, startTimeoutMs, signal: this.closing.signal }, this.events());
    } catch (error) {
      this.lease = undefined;
      throw error;
    }
  }

  /** With the lease there is, or one for the visit; nothing is started for it. */
  private async visit<T>(ask: (lease: Lease) => Promise<T>, nobodyThere: T): Promise<T> {
    try {
      const own = await this.lease?.catch(() => undefined);
      if (own) return await ask(own);
      const files = await HomeFiles.find(this.options.home);
      const lease = files && (await Lease.open(files, { ...NO_EVENTS, onStep: (...step) => this.tell(...step) }));
      if (!lease) return nobodyThere;
      const answer = await ask(lease);
      await lease.leave();
      return answer;
    } catch (error) {
      if (error instanceof LeaseEnded) return nobodyThere;
      throw new PenstockError('engine.unavailable', this.reason(error), { cause: error });
    }
  }

  private events(): LeaseEvents {
    const since = performance.now();
    return {
      onStep: (engine, text) => {
        if (this.held.has(engine)) this.tell(engine, text);
      },
      onMoved: (engine, endpoint) => this.endpoints.set(engine, Promise.resolve(endpoint)),
      onGone: (engine) => this.endpoints.delete(engine),
      onEnd: (wanted) => {
        this.lease = undefined;
        this.endpoints.clear();
        this.shortLives = performance.now() - since < SHORT_LIFE_MS ? this.shortLives + 1 : 0;
        const unasked = !wanted && !this.closing.signal.aborted && this.shortLives <= MAX_REVIVALS;
        if (unasked) this.revive();
      },
    };
  }

  private tell(engine: EngineName, text: string): void {
    for (const listener of this.listeners) listener({ engine, text });
  }

  /** Clients of the engines keep their URLs and reconnect: somebody has to bring the engines back meanwhile. */
  private revive(): void {
    // A failure is told to whoever asks next.
    for (const engine of this.held) this.endpoint(engine).catch(() => undefined);
  }

  private unavailable(engine: EngineName, cause: unknown): PenstockError {
    if (this.closing.signal.aborted) {
      return new PenstockError('service.stopping', 'The embedded engines have been let go of.', { cause });
    }
    const words = `The embedded engine "${engine}" is not available. ${this.reason(cause)}`;
    return new PenstockError('engine.unavailable', words, { cause });
  }

  private reason(cause: unknown): string {
    if (cause instanceof NeedFailed) return cause.message;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    if (code === 'EACCES' || code === 'EPERM') {
      return `The data folder ${this.options.home} is closed to this user (${code}): run as its owner, or set PENSTOCK_HOME to another folder.`;
    }
    if (code) return `The data folder ${this.options.home} cannot be used (${code}).`;
    return 'The supervisor of the embedded engines ended unexpectedly.';
  }
}

const NO_EVENTS: LeaseEvents = {
  onStep: () => undefined,
  onMoved: () => undefined,
  onGone: () => undefined,
  onEnd: () => undefined,
};
