import { Connection, type ConnectionConfig } from 'pg';

/** Which backend to interrupt, and the proof that one may. */
export interface BackendKey {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionConfig['ssl'];
  readonly processID: number;
  readonly secretKey: number;
}

interface CancelConnection extends NodeJS.EventEmitter {
  readonly stream: { destroy(): void };
  connect(port: number, host: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}

const TIMEOUT_MS = 5000;

/**
 * Interrupts what a backend is doing, by the protocol's own request: no login, no right and no pooled connection is
 * needed for it, and poolers pass it on. Never fails: where it does not arrive, the caller cuts the connection.
 */
export async function requestCancel({ host, port, ssl, processID, secretKey }: BackendKey): Promise<void> {
  const connection = new Connection(ssl === undefined ? {} : { ssl }) as unknown as CancelConnection;
  const timer = setTimeout(() => connection.stream.destroy(), TIMEOUT_MS);
  try {
    await new Promise<void>((resolve) => {
      const send = (): void => connection.cancel(processID, secretKey);
      connection.on('error', () => resolve());
      // The server closes it without a word once the signal is sent.
      connection.on('end', () => resolve());
      connection.on('connect', () => (ssl ? connection.requestSsl() : send()));
      connection.on('sslconnect', send);
      if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}` as unknown as number, '');
      else connection.connect(port, host);
    });
  } finally {
    clearTimeout(timer);
    connection.stream.destroy();
  }
}
