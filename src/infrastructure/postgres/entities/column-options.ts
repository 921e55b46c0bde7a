import type { ColumnOptions } from 'typeorm';

/** How PostgreSQL keeps each type of dwh-tables.ts; every column but keys may be null. */
export const TEXT = { type: 'text', collation: 'C', nullable: true } as const satisfies ColumnOptions;
export const INTEGER = { type: 'integer', nullable: true } as const satisfies ColumnOptions;
export const BIGINT = { type: 'bigint', nullable: true } as const satisfies ColumnOptions;
export const FLOAT = { type: 'double precision', nullable: true } as const satisfies ColumnOptions;
export const BOOLEAN = { type: 'boolean', nullable: true } as const satisfies ColumnOptions;
export const JSON_VALUE = { type: 'jsonb', nullable: true } as const satisfies ColumnOptions;
export const TIMESTAMP = { type: 'timestamptz', nullable: true } as const satisfies ColumnOptions;
