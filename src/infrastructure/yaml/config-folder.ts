import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PenstockError } from '../../domain/errors.js';
import { didYouMean } from '../../domain/shared/nearest-word.js';
import { type ConfigFile, MAX_FILE_CHARS, readConfigFile } from './config-file.js';

/** A name is part of the names of tables; and no other than these can be a path to somewhere else. */
const DOMAIN_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const ENVIRONMENT_NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/;
const MAX_NAMES = 1000;
const SUFFIX = '.yaml';
/** UTF-8 of as many characters has no more. */
const MAX_FILE_BYTES = 3 * MAX_FILE_CHARS;

const PLATFORM_FILE = 'platform.yaml';

/** The folder with `platform.yaml`, `environments/` and `domains/`. */
export class ConfigFolder {
  private readonly known = new Map<string, { readonly version: string; readonly content: ConfigFile }>();

  constructor(private readonly folder: string) {}

  domains(): Promise<string[]> {
    return this.names('domains', DOMAIN_NAME);
  }

  /**
   * The files of a domain, the lowest layer first.
   *
   * @throws PenstockError `domain.unknown`, `environment.unknown`
   */
  async files(domain: string, environment: string | undefined): Promise<readonly ConfigFile[]> {
    const wanted = await this.named('domains', domain, DOMAIN_NAME);
    if (wanted === undefined) throw unknown('domain.unknown', 'domain', domain, await this.domains());
    const between = await this.between(environment);
    const platform = await this.file(PLATFORM_FILE);
    return [platform, between, wanted].filter((file) => file !== undefined);
  }

  private async between(environment: string | undefined): Promise<ConfigFile | undefined> {
    if (environment === undefined) return undefined;
    const found = await this.named('environments', environment, ENVIRONMENT_NAME);
    if (found !== undefined) return found;
    const names = await this.names('environments', ENVIRONMENT_NAME);
    throw unknown('environment.unknown', 'environment', environment, names);
  }

  private async named(below: string, name: string, rule: RegExp): Promise<ConfigFile | undefined> {
    return rule.test(name) ? this.file(`${below}/${name}${SUFFIX}`) : undefined;
  }

  /** Undefined: there is none. A file that has not changed is not read again. */
  private async file(path: string): Promise<ConfigFile | undefined> {
    const at = join(this.folder, path);
    try {
      const { size, mtimeMs, ino } = await stat(at);
      const version = `${ino}:${size}:${mtimeMs}`;
      const known = this.knownAs(path, version);
      if (known !== undefined) return known;
      const content = size > MAX_FILE_BYTES ? faulty(path, 'is too large') : contentOf(path, await readFile(at));
      // Somebody else may have read it meanwhile: who knows one content by another thinks that it has changed.
      const meanwhile = this.knownAs(path, version);
      if (meanwhile !== undefined) return meanwhile;
      this.known.set(path, { version, content });
      return content;
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw unreadable(path, cause);
    }
  }

  private knownAs(path: string, version: string): ConfigFile | undefined {
    const known = this.known.get(path);
    return known?.version === version ? known.content : undefined;
  }

  private async names(below: string, rule: RegExp): Promise<string[]> {
    try {
      const files = await readdir(join(this.folder, below));
      const names = files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
      return names
        .filter((name) => rule.test(name))
        .sort()
        .slice(0, MAX_NAMES);
    } catch (cause) {
      if (isMissing(cause) && below !== 'domains') return [];
      throw unreadable(below, cause);
    }
  }
}

function contentOf(path: string, bytes: Buffer): ConfigFile {
  return isUtf8(bytes) ? readConfigFile(path, bytes.toString('utf8')) : faulty(path, 'is not UTF-8');
}

function faulty(path: string, message: string): ConfigFile {
  const { root } = readConfigFile(path, '');
  return { root, faults: [{ path: [], origin: { file: path, line: 1 }, message }] };
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

function unreadable(path: string, cause: unknown): PenstockError {
  const faults = [{ path, message: 'cannot be read' }];
  return new PenstockError('domain.invalid', 'The configuration of the domains cannot be read.', { faults, cause });
}

function unknown(
  code: 'domain.unknown' | 'environment.unknown',
  what: string,
  name: string,
  known: readonly string[],
): PenstockError {
  const list = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  const hint = didYouMean(name, known) || ` (${list})`;
  return new PenstockError(code, `There is no ${what} "${name}"${hint}.`);
}
