import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { type Fault, PenstockError } from '../../domain/errors.js';
import type { ApiKeys } from '../../domain/ports/api-keys.port.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { Log } from '../../domain/ports/log.port.js';
import type { Caller } from '../../domain/shared/scope.js';
import { type KnownKey, readKeys } from './read-keys.js';

const MAX_FILE_BYTES = 1_048_576;
/** How old the keys may be at most when somebody presents one. */
const RECHECK_MS = 1000;

/** API keys of a YAML file, which holds only their hashes. A change of the file is taken up with the next request. */
export class FileApiKeys implements ApiKeys {
  private keys: readonly KnownKey[] = [];
  private version = '';
  private checkedAtMs = 0;
  private checking: Promise<void> | undefined;

  private constructor(
    private readonly path: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @throws PenstockError `settings.invalid` with every fault of the file */
  static async open(path: string, clock: Clock, log: Log): Promise<FileApiKeys> {
    const keys = new FileApiKeys(path, clock, log);
    await keys.load();
    return keys;
  }

  async identify(key: string | undefined): Promise<Caller> {
    await this.recheck();
    if (key === undefined) {
      throw new PenstockError('key.missing', 'An API key is needed: Authorization: Bearer … or X-Api-Key.');
    }
    const sha256 = createHash('sha256').update(key).digest();
    // No early end: the time must not tell how far down the list a key stands.
    let caller: Caller | undefined;
    for (const known of this.keys) if (timingSafeEqual(known.sha256, sha256)) caller = known.caller;
    if (caller === undefined) throw new PenstockError('key.refused', 'The API key is not one of this service.');
    return caller;
  }

  private async recheck(): Promise<void> {
    if (this.clock.nowMs() - this.checkedAtMs < RECHECK_MS) return;
    this.checking ??= this.load()
      // Keys that were good stay good while their file is being rewritten, or is broken.
      .catch((error: unknown) => this.log.error('The API keys stay as they were: their file cannot be used.', error))
      .finally(() => {
        this.checking = undefined;
      });
    await this.checking;
  }

  private async load(): Promise<void> {
    this.checkedAtMs = this.clock.nowMs();
    const version = await this.fileVersion();
    if (version === this.version) return;
    this.version = version;
    const { keys, faults } = readKeys(await this.text());
    if (faults.length > 0) throw refusal(faults);
    const isReload = this.keys.length > 0;
    this.keys = keys;
    if (isReload) this.log.info('The API keys were read again.', { keys: keys.length });
  }

  private async fileVersion(): Promise<string> {
    const { size, mtimeMs, ino } = await stat(this.path).catch(unreadable);
    if (size > MAX_FILE_BYTES) throw refusal([{ path: '', message: `is larger than ${MAX_FILE_BYTES} bytes` }]);
    return `${ino}:${size}:${mtimeMs}`;
  }

  private async text(): Promise<string> {
    return readFile(this.path, 'utf8').catch(unreadable);
  }
}

function unreadable(cause: unknown): never {
  throw refusal([{ path: '', message: 'names a file that cannot be read' }], cause);
}

function refusal(faults: readonly Fault[], cause?: unknown): PenstockError {
  const named = faults.map(({ path, message }) => ({
    path: path ? `API_KEYS_FILE ${path}` : 'API_KEYS_FILE',
    message,
  }));
  return new PenstockError('settings.invalid', 'The file of API keys is not valid.', { faults: named, cause });
}
