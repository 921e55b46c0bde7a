import type { ClickHouseClient } from '@clickhouse/client';
import type { EngineEndpoint } from '../embedded/engines.js';
import { translateFailure } from './clickhouse-errors.js';

/** Where ClickHouse is; asked for every use, because an embedded engine starts on first use and may move. */
export type ClickhouseAddress = () => Promise<EngineEndpoint>;

export interface ClickhouseConnectionOptions {
  readonly maxConnections: number;
  /** Longest silence of the server within one request. */
  readonly idleTimeoutMs: number;
}

/** Below the 10 s after which servers close a connection that is not used. */
const IDLE_SOCKET_TTL_MS = 2500;

/** The connections of this process to ClickHouse, opened on first use. */
export class ClickhouseConnection {
  private current: { readonly url: string; readonly client: Promise<ClickHouseClient> } | undefined;

  constructor(
    private readonly address: ClickhouseAddress,
    private readonly options: ClickhouseConnectionOptions,
  ) {}

  async client(): Promise<ClickHouseClient> {
    const endpoint = await this.address();
    if (this.current?.url !== endpoint.url) {
      const former = this.current;
      this.current = { url: endpoint.url, client: this.open(endpoint) };
      await former?.client.then((client) => client.close());
    }
    return this.current.client;
  }

  /** Whether ClickHouse answers a query of the service. @throws PenstockError `warehouse.unreachable` */
  async check(abort_signal: AbortSignal): Promise<void> {
    try {
      const result = await (await this.client()).query({ query: 'SELECT 1', abort_signal });
      await result.text();
    } catch (cause) {
      throw translateFailure(cause, 'the service');
    }
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await (await current?.client)?.close();
  }

  private async open({ url, user, password, database }: EngineEndpoint): Promise<ClickHouseClient> {
    const { createClient, ClickHouseLogLevel } = await import('@clickhouse/client');
    return createClient({
      url,
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      ...(database === undefined ? {} : { database }),
      application: 'penstock',
      max_open_connections: this.options.maxConnections,
      request_timeout: this.options.idleTimeoutMs,
      keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_TTL_MS },
      // Its log would hold statements and values; failures are told by the errors themselves.
      log: { level: ClickHouseLogLevel.OFF },
    });
  }
}
