import { randomBytes } from 'node:crypto';
import { readJsonFile, writeJsonFile, type HomeFiles } from './home-files.js';

/** Passwords of one home's engines. They are as old as the data they open, and never change. */
export interface Credentials {
  readonly postgres: string;
  readonly clickhouse: string;
}

/** Reads the home's passwords, and makes those it does not have yet. Call while holding the home's lock. */
export async function loadCredentials(files: HomeFiles): Promise<Credentials> {
  const known = await readJsonFile<Partial<Credentials>>(files.credentials);
  const all = { postgres: known?.postgres ?? newPassword(), clickhouse: known?.clickhouse ?? newPassword() };
  if (all.postgres !== known?.postgres || all.clickhouse !== known.clickhouse) {
    await writeJsonFile(files.credentials, all);
  }
  return all;
}

function newPassword(): string {
  // base64url: goes into URLs and connection strings as it is.
  return randomBytes(24).toString('base64url');
}
