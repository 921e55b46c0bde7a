/**
 * A small ETL as a workflow: reads the source tables, writes what they add up to into the target table, checks it, and
 * writes its log, one item an entry. It is what the service starts by default; as a function of AWS Lambda it runs unchanged.
 *
 * Event: `{ run_id, prompt, source_tables?, target_table? }`. Environment: `DWH_DATABASE_URL`, `RUN_LOG_TABLE`, and for
 * DynamoDB what the AWS SDK reads, with `DYNAMODB_ENDPOINT_URL` where it is not AWS itself.
 */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Client, escapeIdentifier } from 'pg';

const LOG_DAYS = 30;
const MAX_TABLES = 20;
const NAME = /^[\p{L}_][\p{L}\p{N}_$]{0,62}$/u;

const { DWH_DATABASE_URL, RUN_LOG_TABLE = 'run_log', DYNAMODB_ENDPOINT_URL } = process.env;
const dynamodb = new DynamoDBClient({
  ...(DYNAMODB_ENDPOINT_URL && { endpoint: DYNAMODB_ENDPOINT_URL }),
  maxAttempts: 5,
});

export const handler = async ({ run_id: runId, prompt, source_tables: sources = [], target_table: target }) => {
  const log = logOf(runId);
  await log('start', 'Run started', prompt);
  const client = new Client({ connectionString: DWH_DATABASE_URL, application_name: `workflow ${runId}` });
  try {
    const plan = planOf(sources, target);
    await client.connect();
    const columns = await commonColumns(client, plan.sources);
    await log('info', 'Sources read', `${plan.sources.length} tables share ${columns.length} columns.`, { columns });
    const statement = createStatement(plan, columns);
    await log('code', 'Statement', statement);
    const rows = await build(client, plan, statement);
    await log('progress', 'Target written', `${rows} rows`, { rows });
    const checked = await check(client, plan);
    await log('success', 'Run validated', `The target has the ${checked} rows of its sources.`, { rows: checked });
    return answer(200, {
      status: 'success',
      run_id: runId,
      message: 'ETL pipeline executed and validated successfully',
      details: { target_table: plan.target, rows: checked, columns },
    });
  } catch (error) {
    const isRefusal = error instanceof Refusal;
    await log('error', 'Run failed', isRefusal ? error.message : `${error.name} ${error.code ?? ''}`.trim());
    const message = isRefusal ? error.message : 'The pipeline failed; its log tells where.';
    return answer(isRefusal ? 400 : 500, { status: 'error', run_id: runId, message });
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** What the caller asked for cannot be done. */
class Refusal extends Error {}

function planOf(sources, target) {
  if (sources.length === 0) throw new Refusal('Name at least one source table.');
  if (sources.length > MAX_TABLES) throw new Refusal(`At most ${MAX_TABLES} source tables can be read at once.`);
  if (!target) throw new Refusal('Name a target table.');
  for (const name of [...sources, target]) if (!NAME.test(name)) throw new Refusal('A table has a name that is none.');
  if (sources.includes(target)) throw new Refusal('The target table is one of the sources.');
  return { sources, target };
}

/** Columns that every source has, with the same type, in the order of the first. */
async function commonColumns(client, sources) {
  const { rows } = await client.query(
    `SELECT a.attname AS name
     FROM unnest($1::text[]) WITH ORDINALITY AS source (name, place)
     JOIN pg_attribute a ON a.attrelid = to_regclass(quote_ident(source.name)) AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY a.attname, a.atttypid HAVING count(*) = $2
     ORDER BY min(a.attnum) FILTER (WHERE source.place = 1)`,
    [sources, sources.length],
  );
  if (rows.length === 0) throw new Refusal('The source tables are not there, or have no column in common.');
  return rows.map(({ name }) => name);
}

function createStatement({ sources, target }, columns) {
  const list = columns.map((name) => escapeIdentifier(name)).join(', ');
  const parts = sources.map((name) => `SELECT ${list} FROM ${escapeIdentifier(name)}`);
  return `CREATE TABLE ${escapeIdentifier(target)} AS\n${parts.join('\nUNION ALL\n')}`;
}

/** The new target replaces a former one in one transaction: readers see the one or the other. */
async function build(client, { target }, statement) {
  await client.query('BEGIN');
  await client.query(`DROP TABLE IF EXISTS ${escapeIdentifier(target)}`);
  const { rowCount } = await client.query(statement);
  await client.query('COMMIT');
  return rowCount;
}

async function check(client, { sources, target }) {
  const counts = [target, ...sources].map((name) => `(SELECT count(*) FROM ${escapeIdentifier(name)})`);
  const [found, ...expected] = counts;
  const { rows } = await client.query(`SELECT ${found} AS found, ${expected.join(' + ')} AS expected`);
  if (rows[0].found !== rows[0].expected) throw new Refusal('The sources changed while they were read.');
  return Number(rows[0].found);
}

function answer(statusCode, body) {
  return { statusCode, body: JSON.stringify(body) };
}

/** Entries sort by time, and by their number within one millisecond. */
function logOf(runId) {
  let entries = 0;
  return async (type, title, description, metadata) => {
    const timestamp = new Date().toISOString();
    await dynamodb.send(
      new PutItemCommand({
        TableName: RUN_LOG_TABLE,
        Item: {
          run_id: { S: runId },
          entry_id: { S: `${timestamp}#${String(entries++).padStart(6, '0')}` },
          timestamp: { S: timestamp },
          type: { S: type },
          title: { S: title },
          description: { S: description },
          expires_at: { N: String(Math.floor(Date.now() / 1000) + LOG_DAYS * 86_400) },
          ...(metadata && { metadata: attributeOf(metadata) }),
        },
      }),
    );
  };
}

/** JSON in the types of DynamoDB. */
function attributeOf(value) {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  if (value === null || value === undefined) return { NULL: true };
  return { M: Object.fromEntries(Object.entries(value).map(([name, field]) => [name, attributeOf(field)])) };
}
