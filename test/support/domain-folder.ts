import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of configuration on disk: `platform`, `environments/NAME` and `domains/NAME` by their texts. */
export class DomainFolder {
  private constructor(readonly path: string) {}

  static async of(layers: Readonly<Record<string, string | Uint8Array>>): Promise<DomainFolder> {
    const folder = new DomainFolder(await mkdtemp(join(tmpdir(), 'penstock-domains-')));
    for (const [name, text] of Object.entries(layers)) await folder.write(name, text);
    return folder;
  }

  async write(name: string, text: string | Uint8Array): Promise<void> {
    const path = join(this.path, `${name}.yaml`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}
