/** What psql's \copy does, for machines without psql: the file as it is into COPY, in a process of its own. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { clientArgument, serveRounds } from '../support/client-process.js';
import { timed } from '../support/rounds.js';

const { url, path, table, rows } = clientArgument() as { url: string; path: string; table: string; rows: number };
const client = new Client({ connectionString: url });
await client.connect();

serveRounds(
  () =>
    timed(async () => {
      await pipeline(createReadStream(path), client.query(copyFrom(`COPY ${table} FROM STDIN (FORMAT csv, HEADER)`)));
      return rows;
    }),
  () => client.end(),
);
