import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EngineName } from '../engines.js';

/** Folders inside the home. */
export const FOLDER_MODE = 0o700;

/** Root gives PostgreSQL to another user, who must be able to pass through the home to its own folder. */
const HOME_MODE = process.getuid?.() === 0 ? 0o711 : 0o700;

/** Where everything lies in a PENSTOCK_HOME. */
export class HomeFiles {
  private constructor(readonly home: string) {}

  /** Makes the home if need be; the path is the real one, so that two spellings of it meet. */
  static async open(home: string): Promise<HomeFiles> {
    const path = resolve(home);
    await mkdir(path, { recursive: true, mode: HOME_MODE });
    return new HomeFiles(await realpath(path));
  }

  /** The same without making anything: undefined when there is no such home yet. */
  static async find(home: string): Promise<HomeFiles | undefined> {
    return realpath(resolve(home)).then(
      (path) => new HomeFiles(path),
      () => undefined,
    );
  }

  get lock(): string {
    return join(this.home, 'supervisor.lock');
  }

  get address(): string {
    return join(this.home, 'supervisor.json');
  }

  get ports(): string {
    return join(this.home, 'engines.json');
  }

  get credentials(): string {
    return join(this.home, 'credentials.json');
  }

  get logs(): string {
    return join(this.home, 'logs');
  }

  get supervisorLog(): string {
    return join(this.logs, 'supervisor.log');
  }

  engineLog(engine: EngineName): string {
    return join(this.logs, `${engine}.log`);
  }

  engineFolder(engine: EngineName): string {
    return join(this.home, engine);
  }
}

/** Undefined when there is no such file; a file that is no JSON object throws, for it is not ours to replace. */
export async function readJsonFile<T extends object>(path: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new SyntaxError(`${path} holds no JSON object`);
  return value as T; // the caller's own file, written by writeJsonFile
}

/** Readers see the old file or the new one, never a part, and nobody but its owner may read it. */
export async function writeJsonFile(path: string, value: object): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
