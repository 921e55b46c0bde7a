import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/**
 * Sends bytes into `COPY … FROM STDIN`, which may stand behind other statements. The bytes are not copied.
 *
 * @returns how many rows PostgreSQL has stored
 */
export function copyRows(client: ClientBase, sql: string, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom(sql));
    stream.once('error', reject);
    stream.once('finish', () => resolve(stream.rowCount));
    stream.end(bytes);
  });
}
