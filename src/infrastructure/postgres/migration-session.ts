import { Client } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import { type PostgresAddress, postgresUrl } from './postgres-address.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** Runs `work` on a connection of its own, outside any pool: migrations are rare, and their session settings must not leak. */
export async function withSession<T>(address: PostgresAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connected(address).catch((cause: unknown) => {
    if (cause instanceof PenstockError) throw cause;
    throw new PenstockError('database.unreachable', 'PostgreSQL did not accept a connection.', { cause });
  });
  try {
    return await work(client);
  } finally {
    await end(client);
  }
}

/** Once more where the credentials were refused, and there are newer ones. */
async function connected(address: PostgresAddress): Promise<Client> {
  const endpoint = await address();
  try {
    return await connect(postgresUrl(endpoint));
  } catch (cause) {
    const newer = isRefusal(cause) ? await address(endpoint) : endpoint;
    if (newer === endpoint) throw cause;
    return connect(postgresUrl(newer));
  }
}

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'penstock migrate',
    keepAlive: true,
  });
  client.on('error', () => undefined); // a connection lost between queries shows at the next query
  try {
    await client.connect();
    return client;
  } catch (cause) {
    await end(client);
    throw cause;
  }
}

async function end(client: Client): Promise<void> {
  await client.end().catch(() => undefined); // closed by the other side already
}

/** Connection trouble by SQLSTATE class or socket code; anything else is the migration's own fault. */
export function isUnreachable(cause: unknown): boolean {
  const code = sqlState(cause);
  return /^(08|57P0|53300|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_)/.test(code);
}

/** The user or its password is not accepted: `invalid_password`, `invalid_authorization_specification`. */
export function isRefusal(cause: unknown): boolean {
  return /^28(P01|000)$/.test(sqlState(cause));
}

/** The SQLSTATE or socket code of a driver's error, also when TypeORM wrapped it. */
export function sqlState(cause: unknown): string {
  const { code, driverError } = (cause ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  const found = driverError?.code ?? code;
  return typeof found === 'string' ? found : '';
}

/** What the caller hears when a migration's transaction did not end well: nothing of it stayed. */
export function migrationFailure(what: string, cause: unknown): PenstockError {
  if (isUnreachable(cause)) {
    return new PenstockError('database.unreachable', `${what}: PostgreSQL went away; run up again.`, { cause });
  }
  const state = sqlState(cause) || 'unknown';
  return new PenstockError('migration.failed', `${what} failed and was rolled back (SQLSTATE ${state}).`, { cause });
}
