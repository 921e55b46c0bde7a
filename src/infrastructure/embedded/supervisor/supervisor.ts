import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningEngine } from '../../../domain/ports/engine-room.port.js';
import { ENGINE_NAMES, type EngineEndpoint, type EngineName } from '../engines.js';
import { loadCredentials } from './credentials.js';
import { EngineRunner, type RunnerContext } from './engine-runner.js';
import { ENGINES, isEngineName } from './engine-table.js';
import { writeJsonFile, type HomeFiles } from './home-files.js';
import { LeaseServer } from './lease-server.js';
import {
  PROTOCOL_VERSION,
  sendLine,
  type ClientMessage,
  type SupervisorAddress,
  type SupervisorMessage,
} from './protocol.js';
import { RememberedPorts } from './remembered-ports.js';

/** How long a list waits for engines on their way up; then it is without those that are not there yet. */
const LIST_WAIT_MS = 30_000;

/** Starts engines when clients need them and stops them when no client is left. One per home: see `lockHome`. */
export class Supervisor {
  /** Resolves when every engine has stopped. */
  readonly ended: Promise<void>;
  private readonly runners: ReadonlyMap<EngineName, EngineRunner>;
  private readonly server: LeaseServer;
  private readonly token = randomBytes(24).toString('base64url');
  private readonly stopRequest = new AbortController();

  private constructor(
    private readonly files: HomeFiles,
    context: Omit<RunnerContext, 'onStep' | 'onBack' | 'onGivenUp'>,
  ) {
    this.server = new LeaseServer(this.token, {
      onMessage: (client, message) => this.handle(client, message),
      onUnused: () => this.stop(),
    });
    const events: Pick<RunnerContext, 'onStep' | 'onBack' | 'onGivenUp'> = {
      onStep: (engine, text) => this.server.broadcast(stepOf(engine, text)),
      onBack: (engine, endpoint) => this.server.broadcast({ type: 'moved', engine, endpoint }),
      onGivenUp: (engine) => this.server.broadcast({ type: 'gone', engine }),
    };
    this.runners = new Map(ENGINE_NAMES.map((name) => [name, new EngineRunner(name, { ...context, ...events })]));
    this.ended = new Promise((resolve, reject) => {
      this.stopRequest.signal.addEventListener('abort', () => void this.close().then(resolve, reject));
    });
  }

  /** Call while holding the home's lock; clients find it as soon as this resolves. */
  static async start(files: HomeFiles, startTimeoutMs: number): Promise<Supervisor> {
    const credentials = await loadCredentials(files);
    const ports = await RememberedPorts.load(files.ports);
    const supervisor = new Supervisor(files, { files, credentials, ports, startTimeoutMs });
    const port = await supervisor.server.listen();
    const address: SupervisorAddress = { version: PROTOCOL_VERSION, pid: process.pid, port, token: supervisor.token };
    await writeJsonFile(files.address, address);
    return supervisor;
  }

  stop(): void {
    this.stopRequest.abort();
  }

  private async close(): Promise<void> {
    this.server.close();
    // Whoever comes from now on starts a new supervisor, which waits for the lock that this one still holds.
    await rm(this.files.address, { force: true });
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }

  private handle(client: Socket, message: ClientMessage): void {
    if (message.type === 'need') void this.need(client, message);
    else if (message.type === 'list') void this.list(client, message.id);
    else if (message.type === 'stop') {
      this.server.broadcast({ type: 'stopping' });
      this.stop();
    }
  }

  private async need(client: Socket, { id, engine }: { id: number; engine: unknown }): Promise<void> {
    const answer = await this.bringUp(client, engine).then(
      (endpoint): SupervisorMessage => ({ type: 'ready', id, endpoint }),
      (error: Error): SupervisorMessage => ({ type: 'failed', id, reason: error.message }),
    );
    // On the way down the end of the connection is the answer: the client turns to the next supervisor.
    if (!this.stopRequest.signal.aborted) sendLine(client, answer);
  }

  private async bringUp(client: Socket, engine: unknown): Promise<EngineEndpoint> {
    const runner = isEngineName(engine) ? this.runners.get(engine) : undefined;
    if (!isEngineName(engine) || !runner) throw new Error(`There is no embedded engine "${String(engine)}".`);
    this.catchUp(client, engine, runner);
    return runner.need();
  }

  /** Waits for engines that are on their way up: whoever asks beside a starting service wants to see all it uses. */
  private async list(client: Socket, id: number): Promise<void> {
    for (const [engine, runner] of this.runners) this.catchUp(client, engine, runner);
    const settled = Promise.all([...this.runners.values()].map((runner) => runner.settled()));
    await Promise.race([settled, sleep(LIST_WAIT_MS, undefined, { ref: false })]);
    if (!this.stopRequest.signal.aborted) sendLine(client, { type: 'engines', id, engines: this.running() });
  }

  /** Steps are told as they are taken; who comes later is told the last one. */
  private catchUp(client: Socket, engine: EngineName, { currentStep }: EngineRunner): void {
    if (currentStep !== undefined) sendLine(client, stepOf(engine, currentStep));
  }

  private running(): RunningEngine[] {
    return [...this.runners].flatMap(([name, { endpoint }]) => (endpoint ? [{ name, ...endpoint }] : []));
  }
}

function stepOf(engine: EngineName, text: string): SupervisorMessage {
  return { type: 'step', engine, text: `${ENGINES[engine].title}: ${text}` };
}
