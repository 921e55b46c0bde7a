import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../../domain/errors.js';
import { AwsError } from '../aws/aws-error.js';
import { type DirectoryLock, lockDirectory } from '../kinesis/directory-lock.js';
import { MAX_SECRETS } from './limits.js';
import type { SecretRecord } from './secret-record.js';

const FILE = 'secrets.json';
const OWNER_ONLY = 0o600;
/** Of our region and account, which are the same everywhere. */
const ACCOUNT = '000000000000';
const UNKNOWN = "Secrets Manager can't find the specified secret.";

export interface CatalogOptions {
  readonly region: string;
  readonly now: () => number;
}

type Secrets = ReadonlyMap<string, SecretRecord>;

/**
 * All secrets, in one file that only its owner can read. A change is on the disk before it is answered, and the file is the
 * old one or the new one at any moment. Values are not encrypted: this is for development.
 */
export class SecretCatalog {
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly lock: DirectoryLock,
    private readonly options: CatalogOptions,
    private secrets: Secrets,
  ) {}

  /** @throws PenstockError `engine.unavailable` when another process holds the folder, or the file is damaged */
  static async open(dir: string, options: CatalogOptions): Promise<SecretCatalog> {
    const lock = await lockDirectory(join(dir, 'lock'), 'secrets');
    try {
      const path = join(dir, FILE);
      return new SecretCatalog(path, lock, options, await readSecrets(path));
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  now(): number {
    return this.options.now();
  }

  /** By name. */
  all(): SecretRecord[] {
    return [...this.secrets.values()]
      .filter((secret) => this.isThere(secret))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** By name, ARN, or ARN without its ending. @throws AwsError `ResourceNotFoundException` */
  get(id: string): SecretRecord {
    const found = this.find(id);
    if (found === undefined) throw new AwsError('ResourceNotFoundException', UNKNOWN);
    return found;
  }

  find(id: string): SecretRecord | undefined {
    const found = this.secrets.get(id) ?? this.byArn(id);
    return found !== undefined && this.isThere(found) ? found : undefined;
  }

  newArn(name: string): string {
    const ending = randomBytes(6).toString('base64url').slice(0, 6).replaceAll(/[-_]/g, 'x');
    return `arn:aws:secretsmanager:${this.options.region}:${ACCOUNT}:secret:${name}-${ending}`;
  }

  /**
   * Changes one secret, after all changes before, and answers it as it is then; undefined takes it away.
   *
   * @param change must not change what it is given; what it throws changes nothing
   */
  async change<T extends SecretRecord | undefined>(change: (secrets: this) => { name: string; to: T }): Promise<T> {
    const changed = this.writing.then(async () => {
      const { name, to } = change(this);
      const next = new Map([...this.secrets].filter(([, secret]) => this.isThere(secret)));
      if (to === undefined) next.delete(name);
      else next.set(name, to);
      if (next.size > MAX_SECRETS)
        throw new AwsError('LimitExceededException', `There may be ${MAX_SECRETS} secrets here.`);
      if (to === undefined || to !== this.secrets.get(name)) await writeSecrets(this.path, next);
      this.secrets = next;
      return to;
    });
    this.writing = changed.catch(() => undefined);
    return changed;
  }

  async close(): Promise<void> {
    await this.writing;
    await this.lock.release();
  }

  private byArn(id: string): SecretRecord | undefined {
    if (!id.startsWith('arn:')) return undefined;
    return [...this.secrets.values()].find(({ arn }) => arn === id || arn.slice(0, -7) === id);
  }

  /** One whose time to be recovered is over is gone. */
  private isThere({ deleted }: SecretRecord): boolean {
    return deleted === undefined || deleted.forGoodAtMs > this.now();
  }
}

async function readSecrets(path: string): Promise<Secrets> {
  try {
    const records = JSON.parse(await readFile(path, 'utf8')) as SecretRecord[]; // written by us, whole
    return new Map(records.map((secret) => [secret.name, secret]));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Map();
    throw new PenstockError('engine.unavailable', `The file of secrets cannot be read: ${path}`, { cause });
  }
}

async function writeSecrets(path: string, secrets: Secrets): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', OWNER_ONLY);
  try {
    await file.chmod(OWNER_ONLY); // a draft that a killed process left may have had another mode
    await file.writeFile(JSON.stringify([...secrets.values()]));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
