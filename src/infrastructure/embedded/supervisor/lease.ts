import { connect, type Socket } from 'node:net';
import type { RunningEngine } from '../../../domain/ports/engine-room.port.js';
import type { EngineEndpoint, EngineName } from '../engines.js';
import { ENGINE_HOST } from './engine-table.js';
import { readJsonFile, type HomeFiles } from './home-files.js';
import {
  onLines,
  PROTOCOL_VERSION,
  sendLine,
  type ClientMessage,
  type SupervisorAddress,
  type SupervisorMessage,
} from './protocol.js';

/** A supervisor answers at once, or is none. */
const WELCOME_LIMIT_MS = 2_000;

export interface LeaseEvents {
  readonly onStep: (engine: EngineName, text: string) => void;
  readonly onMoved: (engine: EngineName, endpoint: EngineEndpoint) => void;
  readonly onGone: (engine: EngineName) => void;
  /** The lease ended. `wanted`: we left, or somebody stopped the engines; else the supervisor died. */
  readonly onEnd: (wanted: boolean) => void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The supervisor ended before it answered. */
export class LeaseEnded extends Error {
  override readonly name = 'LeaseEnded';
}

/** The supervisor's answer is that it cannot; the message is for people. */
export class NeedFailed extends Error {
  override readonly name = 'NeedFailed';
}

/** An open connection to the home's supervisor. */
export class Lease {
  readonly ended: Promise<void>;
  private readonly admitted: Promise<boolean>;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private welcome: (() => void) | undefined;
  private wanted = false;

  private constructor(
    private readonly socket: Socket,
    private readonly events: LeaseEvents,
  ) {
    // Whoever listens where supervisor.json says and welcomes its token is our supervisor.
    onLines(socket, (message) => this.take(message as SupervisorMessage));
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    this.admitted = new Promise((resolve) => {
      this.welcome = () => resolve(true);
      void this.ended.then(() => resolve(false));
    });
  }

  /** Undefined when no supervisor serves the home. */
  static async open(files: HomeFiles, events: LeaseEvents): Promise<Lease | undefined> {
    const address = await readAddress(files);
    if (!address) return undefined;
    const lease = new Lease(dial(address, { type: 'hello', token: address.token }), events);
    if (!(await lease.admitted)) return undefined;
    lease.hold();
    return lease;
  }

  /** Whether a supervisor answers, without becoming its client. */
  static async isServed(files: HomeFiles): Promise<boolean> {
    const address = await readAddress(files);
    if (!address) return false;
    const socket = dial(address, { type: 'ping', token: address.token });
    return new Promise((resolve) => {
      socket.once('data', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
  }

  need(engine: EngineName): Promise<EngineEndpoint> {
    return this.ask<EngineEndpoint>((id) => ({ type: 'need', id, engine }));
  }

  list(): Promise<RunningEngine[]> {
    return this.ask<RunningEngine[]>((id) => ({ type: 'list', id }));
  }

  /** Ends the lease; resolves when the supervisor has noted it or, if this was the last lease, has stopped. */
  leave(): Promise<void> {
    return this.end({ type: 'bye' });
  }

  /** Stops all engines, whoever else uses them; resolves when the supervisor has ended. */
  stopAll(): Promise<void> {
    return this.end({ type: 'stop' });
  }

  private async end(message: ClientMessage): Promise<void> {
    this.wanted = true;
    this.socket.ref();
    sendLine(this.socket, message);
    await this.ended;
  }

  private ask<T>(message: (id: number) => ClientMessage): Promise<T> {
    const id = ++this.lastId;
    return new Promise<T>((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(new LeaseEnded('The supervisor has ended.'));
        return;
      }
      // The answer's type follows from the question's; see `take`.
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.socket.ref();
      sendLine(this.socket, message(id));
    });
  }

  private hold(): void {
    this.socket.setTimeout(0);
    // A process that only holds engines and waits for nothing may end; the kernel then ends the lease.
    if (this.waiting.size === 0) this.socket.unref();
    this.socket.once('close', () => {
      for (const { reject } of this.waiting.values()) reject(new LeaseEnded('The supervisor has ended.'));
      this.waiting.clear();
      this.events.onEnd(this.wanted);
    });
  }

  private take(message: SupervisorMessage): void {
    switch (message.type) {
      case 'ready':
        return this.settle(message.id, ({ resolve }) => resolve(message.endpoint));
      case 'engines':
        return this.settle(message.id, ({ resolve }) => resolve(message.engines));
      case 'failed':
        return this.settle(message.id, ({ reject }) => reject(new NeedFailed(message.reason)));
      case 'step':
        return this.events.onStep(message.engine, message.text);
      case 'moved':
        return this.events.onMoved(message.engine, message.endpoint);
      case 'gone':
        return this.events.onGone(message.engine);
      case 'stopping':
        this.wanted = true;
        return undefined;
      case 'welcome':
        return this.welcome?.();
      default:
        return message satisfies never;
    }
  }

  private settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    this.waiting.delete(id);
    if (this.waiting.size === 0) this.socket.unref();
    how(waiting);
  }
}

async function readAddress(files: HomeFiles): Promise<SupervisorAddress | undefined> {
  // A damaged one leads to nobody; the next supervisor replaces it.
  const address = await readJsonFile<SupervisorAddress>(files.address).catch((error: unknown) => {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  if (address && address.version !== PROTOCOL_VERSION) {
    throw new NeedFailed(
      `Another version of Penstock (process ${address.pid}) runs the engines of ${files.home}. Stop it first.`,
    );
  }
  return address;
}

/** The socket closes when nobody is there, somebody else is, or the supervisor is on its way down. */
function dial({ port }: SupervisorAddress, firstWords: ClientMessage): Socket {
  const socket = connect({ host: ENGINE_HOST, port, noDelay: true });
  socket.setTimeout(WELCOME_LIMIT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.once('connect', () => sendLine(socket, firstWords));
  return socket;
}
