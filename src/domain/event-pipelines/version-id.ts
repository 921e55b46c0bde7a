import { PenstockError } from '../errors.js';

/** Which versions are meant: those that are not deleted, all, or those alone that are deleted softly. */
export type Deleted = 'without' | 'with' | 'only';

export type VersionId = number | 'latest';

const MOST = 2_147_483_647;

/** @throws PenstockError `schema-version.invalid` */
export function versionId(text: string): VersionId {
  if (text === 'latest' || text === '-1') return 'latest';
  const version = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (version >= 1 && version <= MOST) return version;
  const message = `A version is a number from 1 to ${MOST}, or "latest".`;
  throw new PenstockError('schema-version.invalid', message);
}
