import { PenstockSchema1700000000001 } from './0001-penstock-schema.js';
import { DeadLetters1700000000002 } from './0002-dead-letters.js';
import { DwhTables1700000000003 } from './0003-dwh-tables.js';
import { LoadReceipts1700000000004 } from './0004-load-receipts.js';
import { Imports1700000000010 } from './0010-imports.js';
import { SalesRollups1700000000015 } from './0015-sales-rollups.js';
import { Jobs1700000000020 } from './0020-jobs.js';
import { GuardedRoles1700000000025 } from './0025-guarded-roles.js';
import { QueryAudit1700000000026 } from './0026-query-audit.js';
import { SchemaRegistry1700000000035 } from './0035-schema-registry.js';
import { Deployments1700000000038 } from './0038-deployments.js';
import { WindowFollows1700000000039 } from './0039-window-follows.js';
import { DeadLetterWatermark1700000000040 } from './0040-dead-letter-watermark.js';
import { DeadLetterHeaders1700000000041 } from './0041-dead-letter-headers.js';
import { SalesSoFar1700000000047 } from './0047-sales-so-far.js';
import { LoadedRows1700000000051 } from './0051-loaded-rows.js';

/** Every PostgreSQL migration, oldest first. The digits that end a class name are its place in the order. */
export const POSTGRES_MIGRATIONS = [
  PenstockSchema1700000000001,
  DeadLetters1700000000002,
  DwhTables1700000000003,
  LoadReceipts1700000000004,
  Imports1700000000010,
  SalesRollups1700000000015,
  Jobs1700000000020,
  GuardedRoles1700000000025,
  QueryAudit1700000000026,
  SchemaRegistry1700000000035,
  Deployments1700000000038,
  WindowFollows1700000000039,
  DeadLetterWatermark1700000000040,
  DeadLetterHeaders1700000000041,
  SalesSoFar1700000000047,
  LoadedRows1700000000051,
];
