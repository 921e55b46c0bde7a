import { PenstockSchema1700000000001 } from './0001-penstock-schema.js';
import { DeadLetters1700000000002 } from './0002-dead-letters.js';
import { Imports1700000000010 } from './0010-imports.js';
import { Jobs1700000000020 } from './0020-jobs.js';

/** Every PostgreSQL migration, oldest first. The digits that end a class name are its place in the order. */
export const POSTGRES_MIGRATIONS = [
  PenstockSchema1700000000001,
  DeadLetters1700000000002,
  Imports1700000000010,
  Jobs1700000000020,
];
