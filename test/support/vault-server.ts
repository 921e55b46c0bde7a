import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What Vault can be made to do instead of its work. */
export type Mischief = 'sealed' | 'uninitialised' | 'silent' | 'endless' | 'no-json' | 'redirect' | 'v1' | number;

interface Version {
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly deletionTime: string;
}

const CREATED = '2026-01-02T03:04:05.678901234Z';

/**
 * The key/value engine, version 2, and /sys/health of HashiCorp Vault's HTTP API as its documentation has them
 * (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2, …/system/health): paths, headers, statuses and bodies.
 */
export class VaultServer {
  url = '';
  /** `GET` paths, as they came. */
  readonly asked: string[] = [];
  /** Answers of this kind until it is unset; with `times`, so many of them. */
  mischief: Mischief | undefined;
  times = Number.POSITIVE_INFINITY;
  private readonly secrets = new Map<string, Version[]>();
  private server: Server | undefined;

  constructor(
    private readonly token: string,
    private readonly options: { readonly mount?: string; readonly namespace?: string } = {},
  ) {}

  async start(): Promise<this> {
    const server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.server = server;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  /** A new version of a secret. */
  put(path: string, data: Readonly<Record<string, unknown>>): void {
    this.secrets.set(path, [...(this.secrets.get(path) ?? []), { data, deletionTime: '' }]);
  }

  /** Deletes the latest version, which leaves its metadata behind. */
  delete(path: string): void {
    const versions = this.secrets.get(path) ?? [];
    this.secrets.set(path, [...versions.slice(0, -1), { data: null, deletionTime: CREATED }]);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '', 'http://vault');
    this.asked.push(pathname);
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
    };
    if (this.mischief !== undefined && this.times > 0) {
      this.times -= 1;
      return misbehave(this.mischief, response, send);
    }
    if (pathname === '/v1/sys/health') return send(200, { initialized: true, sealed: false, standby: false });
    const { 'x-vault-token': token, 'x-vault-namespace': namespace, 'x-vault-request': mark } = request.headers;
    if (mark !== 'true') return send(412, { errors: ["required 'X-Vault-Request' header is missing"] });
    if (namespace !== this.options.namespace) return send(404, { errors: [] });
    if (token !== this.token) return send(403, { errors: ['permission denied'] });
    const prefix = `/v1/${this.options.mount ?? 'secret'}/data/`;
    // A path without an engine is no business of the token's policies.
    if (!pathname.startsWith(prefix)) return send(403, { errors: ['preflight capability check returned 403'] });
    this.read(decodeURIComponent(pathname.slice(prefix.length)), send);
  }

  private read(path: string, send: (status: number, body: unknown) => void): void {
    const versions = this.secrets.get(path);
    const latest = versions?.at(-1);
    if (versions === undefined || latest === undefined) return send(404, { errors: [] });
    const metadata = {
      created_time: CREATED,
      custom_metadata: null,
      deletion_time: latest.deletionTime,
      destroyed: false,
      version: versions.length,
    };
    send(latest.data === null ? 404 : 200, {
      request_id: '2a7e7b3f-7d4b-5d14-9d3c-4e34a34c7e7a',
      lease_id: '',
      renewable: false,
      lease_duration: 0,
      data: { data: latest.data, metadata },
      wrap_info: null,
      warnings: null,
      auth: null,
      mount_type: 'kv',
    });
  }
}

function misbehave(mischief: Mischief, response: ServerResponse, send: (status: number, body: unknown) => void): void {
  if (typeof mischief === 'number') return send(mischief, { errors: ['hunter2'] });
  if (mischief === 'sealed') return send(503, { errors: ['Vault is sealed'] });
  if (mischief === 'uninitialised') return send(501, { initialized: false, sealed: true });
  if (mischief === 'v1') return send(200, { data: { password: 'hunter2' } });
  if (mischief === 'no-json') return void response.end('<html>hunter2</html>');
  if (mischief === 'redirect') return void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end();
  if (mischief === 'endless') {
    const chunk = Buffer.alloc(65_536, ' ');
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  }
}
