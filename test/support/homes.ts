import { chmod, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SupervisedEngines } from '../../src/infrastructure/embedded/supervised-engines.js';

/** Homes and clients of one test, taken down after it whatever it left running. */
export class Homes {
  private readonly folders: string[] = [];
  private readonly clients: SupervisedEngines[] = [];

  /** A folder that does not exist yet, in one of the given mode. */
  async fresh(folderMode = 0o711): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-home-'));
    await chmod(folder, folderMode);
    this.folders.push(folder);
    return join(folder, 'home');
  }

  /** This process as a client of the engines; the supervisor it starts is the built one. */
  client(home: string, startTimeoutMs = 60_000): SupervisedEngines {
    const client = new SupervisedEngines({ home, startTimeoutMs });
    this.clients.push(client);
    return client;
  }

  async clear(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.close()));
    for (const folder of this.folders.splice(0)) {
      const home = join(folder, 'home');
      await new SupervisedEngines({ home, startTimeoutMs: 10_000 }).stop();
      await removeHome(home);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** A home's PostgreSQL data may lie elsewhere, behind a link. */
export async function removeHome(home: string): Promise<void> {
  const elsewhere = await readlink(join(home, 'postgres/data')).catch(() => undefined);
  if (elsewhere) await rm(dirname(elsewhere), { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
}
