import { timingSafeEqual } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ENGINE_HOST } from './engine-table.js';
import { onLines, sendLine, type ClientMessage, type SupervisorMessage } from './protocol.js';

/** A connection that does not show the token within this time is closed. */
const HELLO_LIMIT_MS = 5_000;
/** How long the engines outlive a last client that died: long enough for a service that is being restarted. */
const LINGER_MS = 2_000;
/** How long a new supervisor waits for the client that started it. */
const FIRST_LEASE_MS = 10_000;

export interface LeaseEvents {
  readonly onMessage: (client: Socket, message: ClientMessage) => void;
  /** Nobody holds the engines any more. */
  readonly onUnused: () => void;
}

/** Counts the clients. An open, admitted connection is a lease, and the kernel ends it however its client ends. */
export class LeaseServer {
  private readonly server: Server;
  private readonly clients = new Set<Socket>();
  /** Said good-bye and wait for the end; they hold nothing any more. */
  private readonly leaving = new Set<Socket>();
  private unusedTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly token: string,
    private readonly events: LeaseEvents,
  ) {
    this.server = createServer((socket) => this.admit(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host: ENGINE_HOST, port: 0 }, resolve);
    });
    this.expectClient(FIRST_LEASE_MS);
    return (this.server.address() as AddressInfo).port; // listening on TCP: never a pipe's name
  }

  broadcast(message: SupervisorMessage): void {
    for (const client of this.clients) sendLine(client, message);
  }

  /** Takes no more clients; those it has stay connected until this process ends, which is how they know that it has. */
  close(): void {
    this.closed = true;
    clearTimeout(this.unusedTimer);
    this.server.close();
  }

  private admit(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.closed) {
      socket.destroy();
      return;
    }
    const limit = setTimeout(() => socket.destroy(), HELLO_LIMIT_MS);
    socket.once('close', () => {
      clearTimeout(limit);
      this.leaving.delete(socket);
      if (this.clients.delete(socket) && this.clients.size === 0) this.expectClient(LINGER_MS);
    });
    onLines(socket, (line) => {
      const message = line as ClientMessage; // until it has shown the token, only that is looked at
      if (this.clients.has(socket)) this.handle(socket, message);
      else if (!this.leaving.has(socket)) this.greet(socket, message, limit);
    });
  }

  private greet(socket: Socket, message: ClientMessage, limit: NodeJS.Timeout): void {
    const known = (message.type === 'hello' || message.type === 'ping') && this.knows(message.token);
    if (this.closed || !known) {
      socket.destroy();
      return;
    }
    sendLine(socket, { type: 'welcome' });
    if (message.type === 'ping') {
      socket.end();
      return;
    }
    clearTimeout(limit);
    clearTimeout(this.unusedTimer);
    socket.setNoDelay(true);
    this.clients.add(socket);
  }

  private handle(socket: Socket, message: ClientMessage): void {
    if (message.type !== 'bye') {
      this.events.onMessage(socket, message);
      return;
    }
    this.clients.delete(socket);
    if (this.clients.size > 0) socket.end();
    else {
      this.leaving.add(socket);
      this.events.onUnused();
    }
  }

  private knows(token: unknown): boolean {
    const shown = Buffer.from(typeof token === 'string' ? token : '');
    const known = Buffer.from(this.token);
    return shown.length === known.length && timingSafeEqual(shown, known);
  }

  private expectClient(waitMs: number): void {
    if (this.closed) return;
    clearTimeout(this.unusedTimer);
    this.unusedTimer = setTimeout(() => this.events.onUnused(), waitMs);
  }
}
