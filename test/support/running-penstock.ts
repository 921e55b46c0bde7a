import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateStreamCommand, type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { kinesisClient, untilActive } from './kinesis-client.js';
import type { Run } from './penstock.js';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli.js');

export type Body = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

interface Access {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export const AWS = { accessKeyId: 'penstock', secretAccessKey: 'penstock-local' };

/** Short pauses everywhere, so that what goes on by itself goes on soon. */
const QUICK = {
  PORT: '0',
  LOGGING_FORMAT: 'json',
  RATE_LIMIT_PER_MINUTE: '0',
  COPY_BATCH_AGE_MS: '100',
  COPY_PLAN_MS: '200',
  COPY_RETRY_MAX_MS: '300',
  KINESIS_POLL_MS: '50',
};

/** Asks until the answer is right; the test's own limit ends the asking. */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await sleep(50);
  }
}

/** The built service in a home of its own, on real engines, and foreign clients of these engines. */
export class RunningPenstock {
  url = '';
  kinesis!: KinesisClient;
  dynamodb!: DynamoDBClient;
  clickhouse!: ClickHouseClient;
  private child!: ChildProcess;
  private text = '';
  private made = 0;

  private constructor(
    readonly folder: string,
    private readonly environment: Record<string, string>,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<RunningPenstock> {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-e2e-'));
    const service = new RunningPenstock(folder, environment);
    await service.serve();
    await service.connect();
    return service;
  }

  get home(): string {
    return join(this.folder, 'data');
  }

  /** All that the service has printed, on both streams. */
  get log(): string {
    return this.text;
  }

  async serve(environment: Record<string, string> = {}): Promise<void> {
    const printed = this.text.length;
    const env = { ...this.env, ...QUICK, ...this.environment, ...environment };
    this.child = spawn(process.execPath, [CLI, 'serve'], { cwd: this.folder, env });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    }
    const address = async () => /listens on (http:[^\s"]+)/.exec(this.text.slice(printed))?.[1];
    this.url = (await until(async () => this.alive(await address()), Boolean)) ?? '';
    await until(
      () => this.call('GET', '/health/ready'),
      ({ status }) => status === 200,
    );
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  async stop(): Promise<void> {
    this.kinesis.destroy();
    this.dynamodb.destroy();
    await this.clickhouse.close();
    await this.kill('SIGTERM');
    await this.cli('engines', 'stop');
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async call(method: string, path: string, payload?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const isText = typeof payload === 'string';
    const body = payload === undefined ? {} : { body: isText ? payload : JSON.stringify(payload) };
    const type = payload === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(new URL(path, this.url), { method, ...body, headers: { ...type, ...headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Body) };
  }

  post(path: string, payload?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('POST', path, payload, headers);
  }

  async get(path: string): Promise<Body> {
    return (await this.call('GET', path)).body;
  }

  /** The built command line, as a second process on the same home. */
  cli(...words: string[]): Promise<Run> {
    return new Promise((resolve) => {
      const options = { env: { ...this.env, ...this.environment }, cwd: this.folder };
      execFile(process.execPath, [CLI, ...words], options, (error, stdout, stderr) => {
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      }).stdin?.end();
    });
  }

  /** The same, with its standard input left open. */
  spawnCli(...words: string[]): ChildProcess {
    return spawn(process.execPath, [CLI, ...words], { env: { ...this.env, ...this.environment }, cwd: this.folder });
  }

  /** A file for the command line; answers its path. */
  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, content);
    return path;
  }

  async cliJson(...words: string[]): Promise<Body> {
    const { stdout, stderr } = await this.cli(...words, '--json');
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Body;
  }

  /** A stream of its own for a test. */
  async stream(shards = 1, name = `stream-${(this.made += 1)}`): Promise<string> {
    await this.kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
    await untilActive(this.kinesis, name);
    return name;
  }

  /** Puts records; each by its own partition key, unless one is given for all. */
  async put(StreamName: string, events: readonly (object | string | Uint8Array)[], key?: string): Promise<void> {
    const Records = events.map((event, n) => ({ PartitionKey: key ?? `k${n}`, Data: bytesOf(event) }));
    const { FailedRecordCount } = await this.kinesis.send(new PutRecordsCommand({ StreamName, Records }));
    if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were not taken.`);
  }

  /** Rows, as a foreign client of ClickHouse sees them. */
  async rows<T extends Body = Body>(query: string): Promise<T[]> {
    return (await this.clickhouse.query({ query, format: 'JSONEachRow' })).json<T>();
  }

  async count(table: string): Promise<number> {
    const [row] = await this.rows<{ n: string }>(`SELECT count() AS n FROM ${table}`);
    return Number(row?.n);
  }

  /** Also while ClickHouse, or the table, is still on its way back. */
  untilCount(table: string, rows: number): Promise<number> {
    return until(
      () => this.count(table).catch(() => 0),
      (counted) => counted >= rows,
    );
  }

  /** Creates a table for a stream; answers the connector's id. */
  async onboard(streamName: string, tableName: string, more: Body = {}): Promise<string> {
    const { status, body } = await this.post('/api/create-table', { streamName, tableName, ...more });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body['connectorId'] as string;
  }

  async letters(connectorId: string, query = 'state=open'): Promise<Body[]> {
    return (await this.get(`/api/connectors/${connectorId}/dead-letters?${query}`))['deadLetters'] as Body[];
  }

  untilLetters(connectorId: string, number: number): Promise<Body[]> {
    return until(
      () => this.letters(connectorId),
      (letters) => letters.length >= number,
    );
  }

  private async connect(): Promise<void> {
    const engines = (await this.cliJson('engines')) as Record<'clickhouse' | 'kinesis' | 'dynamodb', Access>;
    this.kinesis = kinesisClient(engines.kinesis.url, AWS);
    this.dynamodb = new DynamoDBClient({
      endpoint: engines.dynamodb.url,
      region: 'us-east-1',
      credentials: AWS,
      requestHandler: new NodeHttpHandler(),
    });
    const { url, user, password } = engines.clickhouse;
    this.clickhouse = createClient({ url, username: user, password, log: { level: ClickHouseLogLevel.OFF } });
  }

  private alive<T>(value: T): T {
    if (this.child.exitCode !== null) throw new Error(`The service has ended: ${this.text}`);
    return value;
  }

  private get env(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.folder, PENSTOCK_HOME: this.home };
  }
}

function bytesOf(event: object | string | Uint8Array): Uint8Array {
  if (event instanceof Uint8Array) return event;
  return Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
}
