import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { CAPABILITIES } from '../../src/capabilities.js';
import { createService } from '../../src/service.js';
import { migratedPostgres } from './migrated-postgres.js';

export interface RegistryAnswer {
  readonly status: number;
  readonly type: string;
  // oxlint-disable-next-line no-explicit-any -- JSON of whatever shape the test expects
  readonly body: any;
}

/** The registry as the service serves it, over a database of its own. Keys: `reader`, `loader` and `boss`. */
export class RegistryService {
  private constructor(
    /** Of the registry: what clients are told. */
    readonly url: string,
    readonly databaseUrl: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async start(databaseUrl?: string): Promise<RegistryService> {
    const database = databaseUrl ?? (await migratedPostgres());
    const folder = await mkdtemp(join(tmpdir(), 'penstock-registry-'));
    const keys = Object.entries({ reader: 'read', loader: 'read, load', boss: 'admin' }).map(
      ([name, scopes]) =>
        `- {name: ${name}, sha256: ${createHash('sha256').update(name).digest('hex')}, scopes: [${scopes}]}`,
    );
    await writeFile(join(folder, 'keys.yaml'), keys.join('\n'));
    const { app } = await createService('serve', {
      environment: {
        LOGGING_LEVEL: 'CRITICAL',
        RATE_LIMIT_PER_MINUTE: '0',
        DWH_DATABASE_URL: database,
        API_KEYS_FILE: join(folder, 'keys.yaml'),
        PENSTOCK_HOME: join(folder, 'home'),
      },
      capabilities: CAPABILITIES.filter(({ name }) => name === 'schema-registry'),
    });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new RegistryService(`http://127.0.0.1:${port}/registry`, database, async () => {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    });
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RegistryAnswer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: basic('boss'),
        ...(body !== undefined && { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  close(): Promise<void> {
    return this.stop();
  }
}

/** As a registry's client sends a key. */
export function basic(key: string): string {
  return `Basic ${Buffer.from(`anybody:${key}`).toString('base64')}`;
}
