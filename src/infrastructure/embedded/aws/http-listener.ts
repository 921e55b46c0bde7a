import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const MAX_CONNECTIONS = 1024;
/** Clients keep connections for some seconds between bursts; closing earlier than they do makes them fail. */
const KEEP_ALIVE_MS = 65_000;
/** What is under way when the endpoint closes may take this long to end. */
const CLOSE_GRACE_MS = 5000;
const IDLE_LOOK_MS = 20;

/** An HTTP server from its opening to its end, as every endpoint has it. */
export class HttpListener {
  constructor(private readonly server: Server) {
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.maxConnections = MAX_CONNECTIONS;
  }

  /** Answers the port it listens on. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    return (this.server.address() as AddressInfo).port; // a TCP listener's address is never a path
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // A connection whose answer is on its way now is idle a moment later.
    const tidying = setInterval(() => this.server.closeIdleConnections(), IDLE_LOOK_MS);
    const impatience = setTimeout(() => this.server.closeAllConnections(), CLOSE_GRACE_MS);
    await closed;
    clearInterval(tidying);
    clearTimeout(impatience);
  }
}
