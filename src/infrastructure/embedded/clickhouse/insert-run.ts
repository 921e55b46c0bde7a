import { randomUUID } from 'node:crypto';
import type { Session } from 'chdb';
import { type InsertCounts, runInsert } from './chdb-native.js';
import type { Spooled } from './insert-spool.js';
import { LIMITS } from './limits.js';
import { NOTHING, type Summary } from './query-response.js';
import { identifier, literal } from './sql-tokens.js';
import { type InsertRows, type Latin1, utf8 } from './statement.js';

/**
 * Settings of an INSERT that its request leaves open. Rows become one block, however wide they are, up to ClickHouse's
 * own million: a block is what a deduplication token stands for, and a retry must cut its rows as the first try did.
 */
export function insertDefaults(bytes: number, compression: string | undefined): string[] {
  const serial = bytes <= LIMITS.serialParsingBytes && compression === undefined;
  return ['min_insert_block_size_bytes = 0', `input_format_parallel_parsing = ${serial ? 0 : 1}`];
}

export interface RowsOfRequest {
  readonly insert: InsertRows;
  readonly rows: Spooled;
  readonly compression: string | undefined;
}

export async function insertRowsInto(session: Session, { insert, rows, compression }: RowsOfRequest): Promise<Summary> {
  const table = insert.input && (await tableForInput(session, insert.input.structure));
  const counts = await runInsert(session, insertFrom({ path: rows.path, compression }, insert, table));
  if (!table) return written(counts);
  try {
    return written(await runInsert(session, table.insert(insert)));
  } finally {
    await session.queryAsync(table.drop);
  }
}

/** An INSERT whose rows come from a SELECT. */
export async function insertSelected(session: Session, sql: string): Promise<Summary> {
  return written(await runInsert(session, sql));
}

function written({ rowsWritten, bytesWritten }: InsertCounts): Summary {
  const rows = { readRows: rowsWritten, writtenRows: rowsWritten, resultRows: rowsWritten };
  return { ...NOTHING, ...rows, readBytes: bytesWritten, writtenBytes: bytesWritten, resultBytes: bytesWritten };
}

/** A temporary table that stands in for `input(…)`, which chDB does not connect to rows of a request. */
interface InputTable {
  readonly name: string;
  readonly drop: string;
  insert(rows: InsertRows): string;
}

async function tableForInput(session: Session, structure: Latin1): Promise<InputTable> {
  const name = identifier(`input_${randomUUID()}`);
  await session.queryAsync(
    `CREATE TEMPORARY TABLE ${name} ENGINE = Memory AS SELECT * FROM null(${utf8(structure)}) WHERE 0`,
  );
  return {
    name,
    drop: `DROP TEMPORARY TABLE ${name}`,
    insert: ({ head, input }) =>
      input ? `${utf8(head.slice(0, input.start))}${name}${utf8(head.slice(input.end))}` : '',
  };
}

interface RowsFile {
  readonly path: string;
  readonly compression: string | undefined;
}

/** The INSERT with its rows taken from a file. */
function insertFrom({ path, compression }: RowsFile, insert: InsertRows, input: InputTable | undefined): string {
  const target = input ? `INSERT INTO ${input.name}` : utf8(insert.head);
  const inflate = compression === undefined ? '' : ` COMPRESSION ${literal(compression)}`;
  const settings = insert.settings ? ` ${utf8(insert.settings)}` : '';
  return `${target} FROM INFILE ${literal(path)}${inflate}${settings} FORMAT ${utf8(insert.format)}`;
}
