import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { EngineEndpoint, EngineName } from '../../src/infrastructure/embedded/engines.js';

/** Another process that uses the engines of a home, from the compiled build. */
export interface EngineClient {
  readonly endpoints: readonly EngineEndpoint[];
  /** Leaves properly. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

export interface ClientPlace {
  readonly uid?: number;
  readonly gid?: number;
  /** Another build than `dist`. */
  readonly dist?: string;
}

const PROGRAM = `
const { module, home, names } = JSON.parse(process.argv[1]);
const { SupervisedEngines } = await import(module);
const engines = new SupervisedEngines({ home, startTimeoutMs: 60_000 });
process.stdin.resume().once('end', () => void engines.close());
try {
  const endpoints = await Promise.all(names.map((name) => engines.endpoint(name)));
  process.stdout.write(JSON.stringify({ endpoints }) + '\\n');
} catch (error) {
  process.stdout.write(JSON.stringify({ error: error.message }) + '\\n');
  await engines.close();
  process.exit(1);
}
`;

/** @throws Error with the client's words when it does not get the engines */
export async function engineClient(
  home: string,
  names: readonly EngineName[],
  { dist = resolve('dist'), ...user }: ClientPlace = {},
): Promise<EngineClient> {
  const module = pathToFileURL(join(dist, 'src/infrastructure/embedded/supervised-engines.js')).href;
  const args = ['--input-type=module', '--eval', PROGRAM, JSON.stringify({ module, home, names })];
  const child = spawn(process.execPath, args, { ...user, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const said = await firstLine(child);
  if (said.endpoints === undefined) {
    await ended;
    throw new Error(said.error);
  }
  return {
    endpoints: said.endpoints,
    close: async () => {
      child.stdin?.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<{ endpoints?: EngineEndpoint[]; error?: string }> {
  if (!child.stdout) throw new Error('the client has no output');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as { endpoints?: EngineEndpoint[] };
  throw new Error('the client ended without a word');
}
