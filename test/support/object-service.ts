import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from './penstock.js';

const DIST = resolve('dist/src');
/** The built service with nothing but object storage, so that only its engine starts. */
const PROGRAM = `
const [{ serve }, { CAPABILITIES }] = await Promise.all([import('${DIST}/main.js'), import('${DIST}/capabilities.js')]);
process.exit(await serve({ capabilities: CAPABILITIES.filter(({ name }) => name === 'object-storage') }));
`;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly body: Record<string, unknown>;
}

/** The built service in a home of its own, on the embedded engine. */
export class ObjectService {
  url = '';
  private child!: ChildProcess;
  private text = '';

  private constructor(readonly folder: string) {}

  static async start(environment: Record<string, string> = {}): Promise<ObjectService> {
    const service = new ObjectService(await mkdtemp(join(tmpdir(), 'penstock-objects-')));
    await service.serve(environment);
    return service;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get log(): string {
    return this.text;
  }

  async serve(environment: Record<string, string> = {}): Promise<void> {
    const printed = this.text.length;
    const settings = { PORT: '0', LOGGING_FORMAT: 'json', RATE_LIMIT_PER_MINUTE: '0', ...environment };
    const env = { ...this.env, ...settings };
    this.child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { cwd: this.folder, env });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    }
    for (;;) {
      const url = /listens on (http:[^\s"]+)/.exec(this.text.slice(printed))?.[1];
      if (url !== undefined && (await fetch(`${url}/health/ready`)).ok) {
        this.url = url;
        return;
      }
      if (this.child.exitCode !== null) throw new Error(`The service has ended: ${this.text}`);
      await sleep(50);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await this.cli('engines', 'stop');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async call(method: string, path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, { method, ...init });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && !path.startsWith('/s3/download?');
    const body = (isJson || !response.ok) && bytes.length > 0 ? (JSON.parse(bytes.toString()) as Reply['body']) : {};
    return { status: response.status, headers: response.headers, bytes, body };
  }

  /** As the document's clients send it: one file in a form. */
  send(
    method: string,
    path: string,
    content: Uint8Array | string,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const form = new FormData();
    form.append('file', new Blob([content]), 'file.bin');
    return this.call(method, path, { body: form, headers });
  }

  upload(key: string, content: Uint8Array | string): Promise<Reply> {
    return this.send('POST', `/s3/upload?key=${encodeURIComponent(key)}`, content);
  }

  async download(key: string): Promise<Buffer> {
    const { status, bytes } = await this.call('GET', `/s3/download?key=${encodeURIComponent(key)}`);
    if (status !== 200) throw new Error(`${status}: ${bytes.toString()}`);
    return bytes;
  }

  async exists(key: string): Promise<boolean> {
    return (await this.call('GET', `/s3/object-info?key=${encodeURIComponent(key)}`)).body['exists'] as boolean;
  }

  /** A counter of the service, of any labels. */
  async metric(name: string): Promise<number> {
    const { bytes } = await this.call('GET', '/metrics');
    const values = [...bytes.toString().matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** What the service holds of memory now, and the most it ever held, in MiB. */
  async memory(): Promise<{ now: number; peak: number }> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    const of = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
    return { now: of('VmRSS'), peak: of('VmHWM') };
  }

  /** The built command line, as a second process on the same home. */
  cli(...words: string[]): Promise<Run> {
    return new Promise((done) => {
      const options = { env: this.env, cwd: this.folder, maxBuffer: 2 ** 30 };
      execFile(process.execPath, [join(DIST, 'cli.js'), ...words], options, (error, stdout, stderr) => {
        done({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      }).stdin?.end();
    });
  }

  get env(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.folder, PENSTOCK_HOME: join(this.folder, 'data') };
  }
}
