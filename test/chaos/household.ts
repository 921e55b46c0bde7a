import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { kinesisClient } from '../support/kinesis-client.js';

export type Engine = 'postgres' | 'clickhouse' | 'kinesis' | 'dynamodb';

interface Endpoint {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
}

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli.js');
const KINESIS_IDENTITY = { accessKeyId: 'penstock', secretAccessKey: 'penstock-local' };
/** Of the end of a process's output; for messages. */
const TAIL = 100_000;
const TRIES = 40;

/** One process of the built program. */
export class Member {
  output = '';
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor(readonly process: ChildProcess) {
    const note = (chunk: unknown): void => void (this.output = (this.output + String(chunk)).slice(-TAIL));
    process.stdout?.on('data', note);
    process.stderr?.on('data', note);
    this.ended = once(process, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  }

  get pid(): number {
    return this.process.pid!;
  }

  get lives(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (!this.lives) throw new Error(`ended without saying "${text}":\n${this.output}`);
      await sleep(20);
    }
  }
}

/** A data folder of its own, with the processes of Penstock that share it and the engines they start. */
export class Household {
  readonly members = new Set<Member>();
  private endpoints: Partial<Record<Engine, Endpoint>> | undefined;

  private constructor(
    readonly home: string,
    private readonly environment: Record<string, string>,
  ) {}

  static async found(environment: Record<string, string>): Promise<Household> {
    return new Household(await mkdtemp(join(tmpdir(), 'penstock-chaos-')), environment);
  }

  start(role: 'serve' | 'worker', environment: Record<string, string> = {}): Member {
    const member = new Member(spawn(process.execPath, [CLI, role], { env: this.env(environment), cwd: this.home }));
    this.members.add(member);
    void member.ended.then(() => this.members.delete(member));
    return member;
  }

  /** A service with its API, once it is ready. */
  async serve(environment: Record<string, string> = {}): Promise<Api> {
    const member = this.start('serve', environment);
    await member.says('listens on');
    const api = new Api(/listens on (http:\S+?)[\s"]/u.exec(member.output)![1]!);
    await until(async () => (await fetch(new URL('/health/ready', api.url))).ok, 60_000, 'the service to be ready');
    return api;
  }

  async kinesis() {
    return kinesisClient((await this.endpoint('kinesis')).url, KINESIS_IDENTITY);
  }

  /** As an administrator of ClickHouse, past the service; asks again while it is away. */
  async clickhouse(statement: string): Promise<unknown[][]> {
    return this.again(async () => {
      const { url, user, password } = await this.endpoint('clickhouse');
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
      const asked = new URL('/?default_format=JSONCompactEachRow&output_format_json_quote_64bit_integers=0', url);
      const response = await fetch(asked, { method: 'POST', body: statement, headers: { authorization } });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown[]);
    });
  }

  async postgres<T extends QueryResultRow>(statement: string): Promise<T[]> {
    return this.again(async () => {
      const client = new Client({ connectionString: (await this.endpoint('postgres')).url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        return (await client.query<T>(statement)).rows;
      } finally {
        await client.end().catch(() => undefined);
      }
    });
  }

  /** The process of an engine of this folder: other tests run the same programs. */
  engineProcess(engine: Engine): number | undefined {
    const main = `/embedded/${engine}/main.js`;
    return processes().find(({ words }) => words[1]?.endsWith(main) && words[2]?.includes(`"${this.home}/`))?.pid;
  }

  postmaster(): number | undefined {
    try {
      const file = readFileSync(join(this.home, 'postgres', 'data', 'postmaster.pid'), 'utf8');
      return Number(file.split('\n', 1)[0]);
    } catch {
      return undefined;
    }
  }

  /** Whatever still runs in this folder. */
  leftOver(): string[] {
    return processes()
      .filter(({ folder, words }) => folder.startsWith(this.home) || words.some((word) => word.includes(this.home)))
      .map(({ pid, words }) => `${pid} ${words.join(' ')}`);
  }

  /** What the processes have said, for whoever looks into a failure. */
  async tell(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-chaos-failure-'));
    for (const { pid, output } of this.members) await writeFile(join(folder, `${pid}.log`), output);
    await cp(join(this.home, 'logs'), join(folder, 'logs'), { recursive: true });
    console.log(`What was said is in ${folder}.`);
  }

  /** Ends everything. @returns what is left after all */
  async close(): Promise<string[]> {
    for (const member of this.members) {
      member.process.kill('SIGCONT');
      member.process.kill('SIGTERM');
    }
    await Promise.all([...this.members].map(({ ended }) => ended));
    await run(['engines', 'stop'], this.env({}), this.home);
    await until(() => this.leftOver().length === 0, 10_000, 'all processes to end').catch(() => undefined);
    const left = this.leftOver();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
    return left;
  }

  /** Where an engine is; asked for anew when it may have moved. */
  private async endpoint(engine: Engine): Promise<Endpoint> {
    const known = this.endpoints?.[engine];
    if (known !== undefined) return known;
    const { stdout } = await run(['engines', '--json'], this.env({}), this.home);
    this.endpoints = JSON.parse(stdout) as Partial<Record<Engine, Endpoint>>;
    const found = this.endpoints[engine];
    if (found === undefined) throw new Error(`${engine} does not run`);
    return found;
  }

  /** Engines are away now and then, which is what these tests are about. */
  private async again<T>(action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (cause) {
        if (attempt >= TRIES) throw cause;
        this.endpoints = undefined;
        await sleep(250);
      }
    }
  }

  private env(environment: Record<string, string>): NodeJS.ProcessEnv {
    const { PATH } = process.env;
    return { PATH, HOME: this.home, PENSTOCK_HOME: this.home, PORT: '0', ...this.environment, ...environment };
  }
}

/** The service over HTTP. */
export class Api {
  constructor(readonly url: string) {}

  async call<T>(method: string, path: string, payload?: unknown): Promise<T> {
    const init = payload === undefined ? {} : json(payload);
    const response = await fetch(new URL(path, this.url), { method, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

const json = (payload: unknown) => ({
  body: JSON.stringify(payload),
  headers: { 'content-type': 'application/json' },
});

/** @throws Error when it does not come true in time: a bound for what has failed, not a measure */
export async function until(isTrue: () => boolean | Promise<boolean>, withinMs: number, what: string): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await sleep(150);
  }
}

/** Memory a process holds, in bytes. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}

function processes(): { pid: number; words: string[]; folder: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/u.test(name)) return [];
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      const folder = readlinkSync(`/proc/${name}/cwd`);
      const isGone = /^State:\s+Z/mu.test(readFileSync(`/proc/${name}/status`, 'utf8'));
      return isGone ? [] : [{ pid: Number(name), words, folder }];
    } catch {
      return []; // ended meanwhile
    }
  });
}

function run(words: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<{ stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...words], { env, cwd }, (_error, stdout) => resolve({ stdout })).stdin?.end();
  });
}
