import { CLICKHOUSE_PROCESS_ENV } from '../clickhouse/process-env.js';
import { EMBEDDED_AWS, ENGINE_NAMES, type EngineEndpoint, type EngineName } from '../engines.js';
import { dataLink } from '../postgres/data-folder.js';
import { stopOrphan } from '../postgres/postmaster.js';
import type { Credentials } from './credentials.js';

/** Embedded engines are reached from this machine alone. */
export const ENGINE_HOST = '127.0.0.1';

/** All the supervisor knows about an engine; its process is `../<name>/main.js`. */
export interface EngineKind {
  /** For people. */
  readonly title: string;
  /** What its process is told beside folder, host and port; through its environment, for command lines are public. */
  readonly settings: (credentials: Credentials) => Readonly<Record<string, string>>;
  /** Added to the environment of its process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends what a killed process of the engine has left running, so that its folder and port are free. */
  readonly clearAway?: (dir: string) => Promise<void>;
  readonly endpoint: (port: number, credentials: Credentials) => EngineEndpoint;
}

const USER = 'penstock';
const DATABASE = 'penstock';

/** Adding an engine is its name in `ENGINE_NAMES`, one entry here, and its `main.ts`. */
export const ENGINES: Readonly<Record<EngineName, EngineKind>> = {
  postgres: {
    title: 'PostgreSQL',
    settings: ({ postgres }) => ({ user: USER, password: postgres, database: DATABASE }),
    clearAway: (dir) => stopOrphan(dataLink(dir)),
    endpoint: (port, { postgres }) => ({
      url: `postgresql://${USER}:${postgres}@${ENGINE_HOST}:${port}/${DATABASE}`,
      user: USER,
      password: postgres,
      database: DATABASE,
    }),
  },
  clickhouse: {
    title: 'ClickHouse',
    settings: ({ clickhouse }) => ({ user: USER, password: clickhouse }),
    environment: CLICKHOUSE_PROCESS_ENV,
    endpoint: (port, { clickhouse }) => ({ url: httpUrl(port), user: USER, password: clickhouse }),
  },
  kinesis: { title: 'Kinesis', ...awsEngine() },
  dynamodb: { title: 'DynamoDB', ...awsEngine() },
  s3: { title: 'S3', ...awsEngine() },
  secrets: { title: 'Secrets Manager', ...awsEngine() },
  lambda: { title: 'Lambda', ...awsEngine() },
};

function awsEngine(): Omit<EngineKind, 'title'> {
  return {
    settings: () => ({ ...EMBEDDED_AWS }),
    endpoint: (port) => ({ url: httpUrl(port), ...EMBEDDED_AWS }),
  };
}

function httpUrl(port: number): string {
  return `http://${ENGINE_HOST}:${port}`;
}

export function isEngineName(name: unknown): name is EngineName {
  return (ENGINE_NAMES as readonly unknown[]).includes(name);
}
