import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { IDENTITY, REGION } from './aws-identity.js';

/** An embedded AWS engine as the process the supervisor starts, and a client of it. */
export interface BuiltEngine<Client> {
  readonly child: ChildProcess;
  readonly client: Client;
  readonly url: string;
}

/** How it tells its port: by a message, as to the supervisor, or by a line on stdout. */
export type Announcing = 'ipc' | 'stdout';

/** Needs the build. */
export async function startBuiltEngine<Client>(
  engine: 'kinesis' | 's3',
  dir: string,
  { announcing = 'ipc', clientOf }: { announcing?: Announcing | undefined; clientOf: (url: string) => Client },
): Promise<BuiltEngine<Client>> {
  const main = resolve('dist/src/infrastructure/embedded', engine, 'main.js');
  if (!existsSync(main)) throw new Error('There is no build to start: run `npm run build` first.');
  const args = { dir, host: '127.0.0.1', port: 0, ...IDENTITY, region: REGION };
  const child = spawn(process.execPath, [main, JSON.stringify(args)], {
    stdio: ['ignore', 'pipe', 'inherit', ...(announcing === 'ipc' ? (['ipc'] as const) : [])],
  });
  const port = await new Promise<number>((ready, failed) => {
    child.once('exit', (code) => failed(new Error(`The endpoint ended with code ${code}.`)));
    child.once('message', (message) => ready((message as { port: number }).port));
    child.stdout!.once('data', (line: Buffer) => ready((JSON.parse(line.toString()) as { port: number }).port));
  });
  const url = `http://127.0.0.1:${port}`;
  return { child, client: clientOf(url), url };
}

/** Those that have ended already are none to kill. */
export async function killBuiltEngines(
  engines: readonly BuiltEngine<{ readonly destroy: () => void }>[],
): Promise<void> {
  for (const { child, client } of engines) {
    client.destroy();
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
