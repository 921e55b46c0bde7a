import { type ClientBase, DatabaseError } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { WarehouseScripts } from '../../domain/ports/warehouse-scripts.port.js';
import { isUnreachable } from './migration-session.js';
import type { PostgresPool } from './postgres-pool.js';
import { firstCharacters, newlines, type ScriptStatement, splitScript } from './split-script.js';

/** Building an index on a table that is there may take long. */
const UNLIMITED = 0;

export class PostgresWarehouseScripts implements WarehouseScripts {
  constructor(private readonly pool: PostgresPool) {}

  async run(sql: string): Promise<number> {
    const statements = await splitScript(sql);
    await this.pool.session(
      async (client) => {
        await client.query('BEGIN');
        for (const statement of statements) await runStatement(client, statement);
        await client.query('COMMIT').catch((cause: unknown) => {
          throw commitFailure(cause);
        });
      },
      { statementTimeoutMs: UNLIMITED },
    );
    return statements.length;
  }
}

async function runStatement(client: ClientBase, { sql, line }: ScriptStatement): Promise<void> {
  try {
    await client.query(sql);
  } catch (cause) {
    if (!(cause instanceof DatabaseError) || isUnreachable(cause)) throw cause;
    const at = line + newlines(firstCharacters(sql, Number(cause.position ?? 0) - 1));
    throw failure(`Line ${at}: ${firstWords(sql)} …`, cause);
  }
}

/** Constraints that are looked at last. */
function commitFailure(cause: unknown): unknown {
  return cause instanceof DatabaseError && !isUnreachable(cause) ? failure('At the end', cause) : cause;
}

/** The script is the caller's own, and so are the words about it; details, which quote rows, are left out. */
function failure(place: string, cause: DatabaseError): PenstockError {
  const message = `${place} failed: ${cause.message} (SQLSTATE ${cause.code ?? 'unknown'}); nothing was kept.`;
  return new PenstockError('script.failed', message, { cause });
}

function firstWords(sql: string): string {
  return sql.split(/\s+/, 3).join(' ').slice(0, 60);
}
