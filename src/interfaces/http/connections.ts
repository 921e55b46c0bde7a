import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const SWEEP_MS = 50;

/**
 * Open connections, and how many requests each has in flight. Node's own closeIdleConnections() leaves those alone that
 * never sent a request (browsers open them in advance), and nobody calls it for those that finish during a stop: either
 * would hold a stop up for over a minute.
 */
export class Connections {
  private readonly inFlight = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.inFlight.set(socket, 0);
      socket.once('close', () => this.inFlight.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.change(socket, 1);
      response.once('close', () => this.change(socket, -1));
    });
  }

  /** Runs `close`, meanwhile ending every connection as soon as it has nothing in flight. */
  async drain(close: () => Promise<void>): Promise<void> {
    this.endIdle();
    const sweep = setInterval(() => this.endIdle(), SWEEP_MS);
    await close().finally(() => clearInterval(sweep));
  }

  private change(socket: Socket, by: number): void {
    const requests = this.inFlight.get(socket);
    if (requests !== undefined) this.inFlight.set(socket, requests + by);
  }

  private endIdle(): void {
    for (const [socket, requests] of this.inFlight) if (requests === 0) socket.destroySoon();
  }
}
