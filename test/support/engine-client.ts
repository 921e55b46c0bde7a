import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
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

const module = pathToFileURL(resolve('dist/src/infrastructure/embedded/supervised-engines.js')).href;

const PROGRAM = `
import { SupervisedEngines } from ${JSON.stringify(module)};
const { home, names } = JSON.parse(process.argv[1]);
const engines = new SupervisedEngines({ home, startTimeoutMs: 60_000 });
try {
  const endpoints = await Promise.all(names.map((name) => engines.endpoint(name)));
  console.log(JSON.stringify({ endpoints }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
process.stdin.resume().once('end', () => void engines.close());
`;

export async function engineClient(
  home: string,
  names: readonly EngineName[],
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<EngineClient> {
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify({ home, names })];
  const child = spawn(process.execPath, args, { ...user, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const said = await firstLine(child);
  if (said.error !== undefined) throw new Error(said.error);
  return {
    endpoints: said.endpoints ?? [],
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
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as { endpoints: EngineEndpoint[] };
  throw new Error('the client ended without a word');
}
