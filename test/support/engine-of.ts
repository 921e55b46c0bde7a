import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import type { EngineEndpoint, EngineName } from '../../src/infrastructure/embedded/engines.js';
import { SupervisedEngines } from '../../src/infrastructure/embedded/supervised-engines.js';

let opened: Promise<{ engines: SupervisedEngines; folder: string }> | undefined;

/** An embedded engine as the service starts it, for the specs of one file. The one place to change where specs get engines. */
export async function engineOf(name: EngineName): Promise<EngineEndpoint> {
  opened ??= open();
  return (await opened).engines.endpoint(name);
}

async function open(): Promise<{ engines: SupervisedEngines; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-adapters-'));
  await chmod(folder, 0o711); // PostgreSQL's user passes through when the tests run as root
  return { engines: new SupervisedEngines({ home: join(folder, 'home'), startTimeoutMs: 120_000 }), folder };
}

afterAll(async () => {
  const { engines, folder } = (await opened) ?? {};
  opened = undefined;
  await engines?.stop();
  await engines?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** A name that no other spec uses, an identifier everywhere. */
export function freshName(stem: string): string {
  return `${stem}_${randomBytes(6).toString('hex')}`;
}

/** An address at which nobody answers. */
export const NOBODY: EngineEndpoint = {
  url: 'http://127.0.0.1:9',
  accessKeyId: 'nobody',
  secretAccessKey: 'nobody',
  region: 'us-east-1',
};
