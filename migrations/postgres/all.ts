import { PenstockSchema1700000000001 } from './0001-penstock-schema.js';
import { DeadLetters1700000000002 } from './0002-dead-letters.js';
import { SalesRollups1700000000015 } from './0015-sales-rollups.js';

/** Every PostgreSQL migration, oldest first. The digits that end a class name are its place in the order. */
export const POSTGRES_MIGRATIONS = [PenstockSchema1700000000001, DeadLetters1700000000002, SalesRollups1700000000015];
