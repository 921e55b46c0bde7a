import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { SupervisedEngines } from '../../src/infrastructure/embedded/supervised-engines.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The PENSTOCK_HOME all specs of this run share; see test/support/engines.ts. */
    readonly enginesHome: string;
  }
}

/**
 * Once per run: a compiled build, and a home whose engines start when the first spec needs them and stay until the
 * run ends, however its workers come and go. A run that needs no engine pays for none.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  buildIfStale();
  const folder = await mkdtemp(join(tmpdir(), 'penstock-test-'));
  await chmod(folder, 0o711); // PostgreSQL's user passes through when the tests run as root
  const home = join(folder, 'home');
  project.provide('enginesHome', home);
  return async () => {
    // Workers are gone by now, some of them without a good-bye.
    await new SupervisedEngines({ home, startTimeoutMs: 10_000 }).stop();
    await removeHome(home);
    await rm(folder, { recursive: true, force: true });
  };
}

/** A home's PostgreSQL data may lie elsewhere, behind a link. */
export async function removeHome(home: string): Promise<void> {
  const elsewhere = await readlink(join(home, 'postgres/data')).catch(() => undefined);
  if (elsewhere) await rm(dirname(elsewhere), { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
}

/** Engines run from the compiled build; a test of yesterday's would prove nothing. */
function buildIfStale(): void {
  const stale = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .some((file) => {
      const built = join('dist/src', file.replace(/\.ts$/, '.js'));
      return !existsSync(built) || statSync(built).mtimeMs < statSync(join('src', file)).mtimeMs;
    });
  if (stale) execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
}
