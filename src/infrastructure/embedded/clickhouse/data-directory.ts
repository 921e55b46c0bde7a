import { createHash, randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { LIMITS } from './limits.js';

/** The places one engine process works in. */
export interface DataDirectory {
  readonly engine: string;
  /** Rows on their way in, too large for memory. */
  readonly spool: string;
  /** Rows on their way in, in a memory-backed file system; absent where there is none. */
  readonly memorySpool: string | undefined;
  /** Results on their way out: named pipes. */
  readonly pipes: string;
  readonly configFile: string;
}

/**
 * Makes the directory ready for chDB, before chDB opens it. What a killed process left of requests is removed: rows
 * whose request was never answered belong to nobody.
 */
export function prepareDataDirectory(dir: string): DataDirectory {
  const root = resolve(dir);
  const own = join(root, 'endpoint');
  const directory = {
    engine: join(root, 'engine'),
    spool: join(own, 'spool'),
    pipes: join(own, 'pipes'),
    configFile: join(own, 'config.xml'),
    memorySpool: memorySpool(root),
  };
  for (const transient of [directory.spool, directory.pipes]) emptyDirectory(transient);
  mkdirSync(join(directory.engine, 'metadata'), { recursive: true, mode: 0o700 });
  keepDefaultDatabase(join(directory.engine, 'metadata'));
  writeConfig(own, directory.configFile);
  return directory;
}

function emptyDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

function memorySpool(root: string): string | undefined {
  const shared = '/dev/shm';
  try {
    accessSync(shared, constants.W_OK);
    if (freeBytes(shared) < LIMITS.minFreeMemorySpoolBytes) return undefined;
    // Named after the directory, so that the next process on it finds and removes what this one leaves when killed.
    const path = join(shared, `penstock-clickhouse-${createHash('sha256').update(root).digest('hex').slice(0, 24)}`);
    emptyDirectory(path);
    return path;
  } catch {
    return undefined; // no such file system here, or not for us: the disk does as well
  }
}

export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/**
 * chDB overlays `default` with a database over files, whose tables have no UUID. With that overlay turned off (see
 * the configuration below) `default` is what its metadata says, as on a server: an Atomic database, whose tables keep
 * their UUIDs. chDB takes it for given, so it is written here the first time.
 */
function keepDefaultDatabase(metadata: string): void {
  const file = join(metadata, 'default.sql');
  if (lstatSync(file, { throwIfNoEntry: false })) return;
  const link = join(metadata, 'default');
  // A directory that was used without us names the database in a link; keeping that UUID keeps its tables.
  const existing = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()
    ? basename(readlinkSync(link))
    : undefined;
  const draft = `${file}.draft`;
  writeFileSync(draft, `ATTACH DATABASE _ UUID '${existing ?? randomUUID()}'\nENGINE = Atomic\n`, { flush: true });
  renameSync(draft, file);
}

const CONFIG = (usersFile: string) => `<clickhouse>
  <default_database></default_database>
  <database>default</database>
  <users_config>${xml(usersFile)}</users_config>
  <access_control_improvements>
    <table_engines_require_grant>true</table_engines_require_grant>
  </access_control_improvements>
</clickhouse>
`;

/** A server confines file() to its own folder; chDB does not, so its one user has no right to files at all. */
const USERS = `<clickhouse>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT ALL ON *.*</query>
        <query>REVOKE FILE ON *.*</query>
        <query>REVOKE SQLITE ON *.*</query>
        <query>REVOKE TABLE ENGINE ON File</query>
        <query>REVOKE TABLE ENGINE ON SQLite</query>
        <query>REVOKE TABLE ENGINE ON Executable</query>
        <query>REVOKE TABLE ENGINE ON ExecutablePool</query>
      </grants>
    </default>
  </users>
</clickhouse>
`;

function writeConfig(own: string, configFile: string): void {
  const usersFile = join(own, 'users.xml');
  writeFileSync(usersFile, USERS, { mode: 0o600 });
  writeFileSync(configFile, CONFIG(usersFile), { mode: 0o600 });
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
