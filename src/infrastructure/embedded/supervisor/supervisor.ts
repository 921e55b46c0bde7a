import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { RunningEngine } from '../../../domain/ports/engine-room.port.js';
import { ENGINE_NAMES, type EngineName } from '../engines.js';
import { loadCredentials } from './credentials.js';
import { EngineRunner, type RunnerContext } from './engine-runner.js';
import { ENGINES, isEngineName } from './engine-table.js';
import { writeJsonFile, type HomeFiles } from './home-files.js';
import { LeaseServer } from './lease-server.js';
import { PROTOCOL_VERSION, sendLine, type ClientMessage, type SupervisorAddress } from './protocol.js';
import { RememberedPorts } from './remembered-ports.js';

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
      onStep: (engine, text) =>
        this.server.broadcast({ type: 'step', engine, text: `${ENGINES[engine].title}: ${text}` }),
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
    else if (message.type === 'list') sendLine(client, { type: 'engines', id: message.id, engines: this.running() });
    else if (message.type === 'stop') {
      this.server.broadcast({ type: 'stopping' });
      this.stop();
    }
  }

  private async need(client: Socket, { id, engine }: { id: number; engine: unknown }): Promise<void> {
    const runner = isEngineName(engine) ? this.runners.get(engine) : undefined;
    try {
      if (!runner) throw new Error(`There is no embedded engine "${String(engine)}".`);
      sendLine(client, { type: 'ready', id, endpoint: await runner.need() });
    } catch (error) {
      sendLine(client, { type: 'failed', id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private running(): RunningEngine[] {
    return [...this.runners].flatMap(([name, { endpoint }]) => (endpoint ? [{ name, ...endpoint }] : []));
  }
}
