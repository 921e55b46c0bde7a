import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsString, Length, Matches, validateSync } from 'class-validator';
import { parse } from 'yaml';
import type { Fault } from '../../domain/errors.js';
import { type Caller, type Scope, SCOPES } from '../../domain/shared/scope.js';

/** Every key is compared with every request's. */
const MAX_KEYS = 1000;

export interface KnownKey {
  readonly sha256: Buffer;
  readonly caller: Caller;
}

class KeyEntry {
  @IsString()
  @Length(1, 100)
  name: unknown;

  @Matches(/^[0-9a-f]{64}$/i, { message: 'sha256 must be the 64 hexadecimal digits of the SHA-256 of the key' })
  sha256: unknown;

  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(SCOPES.length)
  @IsIn(SCOPES, { each: true, message: `scopes must be some of ${SCOPES.join(', ')}` })
  scopes: unknown;
}

/** The keys of the text of a keys file, and what is wrong with it; never a hash or a key in the words. */
export function readKeys(text: string): { keys: KnownKey[]; faults: Fault[] } {
  const list = parseYaml(text);
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_KEYS) {
    const message = `must be a YAML list of 1 to ${MAX_KEYS} keys, each with name, sha256 and scopes`;
    return { keys: [], faults: [{ path: '', message }] };
  }
  const entries = list.map((item: unknown) => Object.assign(new KeyEntry(), typeof item === 'object' ? item : {}));
  const faults = [...entries.flatMap(entryFaults), ...twins(entries, 'name'), ...twins(entries, 'sha256')];
  return { keys: faults.length > 0 ? [] : entries.map(toKey), faults };
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined; // the parser's words quote the file
  }
}

function entryFaults(entry: KeyEntry, index: number): Fault[] {
  return validateSync(entry, { whitelist: true, forbidNonWhitelisted: true }).flatMap(({ property, constraints }) =>
    Object.values(constraints ?? {}).map((message) => ({ path: `${index}.${property}`, message })),
  );
}

function twins(entries: readonly KeyEntry[], property: 'name' | 'sha256'): Fault[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const value = String(entry[property]).toLowerCase();
    if (entry[property] === undefined || !seen.has(value)) return seen.add(value) && [];
    return [{ path: `${index}.${property}`, message: `${property} is that of an earlier key` }];
  });
}

/** The casts hold because the entry has passed its validators. */
function toKey({ name, sha256, scopes }: KeyEntry): KnownKey {
  return { sha256: Buffer.from(sha256 as string, 'hex'), caller: { name: name as string, scopes: scopes as Scope[] } };
}
