import type { FastifyRequest } from 'fastify';
import type {
  ImportAsker,
  ImportContent,
  RequestImportCommand,
} from '../../../application/sales-reporting/import-jobs/request-import.command.js';
import { PenstockError } from '../../../domain/errors.js';
import { idempotencyKeyOf } from '../idempotency-key.js';
import { uploadedContent } from '../multipart.js';
import { requestValidation } from '../request-validation.js';
import { ImportBody } from './imports.dto.js';

/** A body of JSON names things; content comes in other ways. */
const MAX_JSON_BYTES = 1_048_576;
const validation = requestValidation();

export interface ReadImportRequest {
  readonly draft: RequestImportCommand['draft'];
  readonly file: ImportContent;
}

/**
 * What to import: a form with a file, a body of CSV with parameters in the query, or JSON (or the query alone) with the key
 * of an object.
 *
 * @throws PenstockError `request.invalid`, `request.malformed`, `request.too-large`
 */
export async function readImportRequest(request: FastifyRequest): Promise<ReadImportRequest> {
  const query = request.query as Readonly<Record<string, unknown>>; // a parsed query is always one
  if (isJson(request)) return ofKey(await checked({ ...query, ...(await readJson(request)) }));
  if (query['key'] !== undefined) return ofKey(await checked(query));
  const { content, fileName, fields } = await uploadedContent(request);
  const body = await checked({ ...query, ...fields });
  return { draft: draftOf(body), file: { content, fileName } };
}

/** @throws PenstockError `request.invalid` */
export function askerOf(request: FastifyRequest): ImportAsker {
  const { caller } = request;
  const idempotencyKey = idempotencyKeyOf(request);
  const name = caller === undefined || caller instanceof PenstockError ? '' : caller.name;
  return { caller: name, ...(idempotencyKey !== undefined && { idempotencyKey }) };
}

function ofKey(body: ImportBody): ReadImportRequest {
  if (body.key === undefined) throw new PenstockError('request.invalid', 'There is neither a file nor a key.');
  return { draft: draftOf(body), file: { key: body.key } };
}

function draftOf(body: ImportBody): RequestImportCommand['draft'] {
  const { table, schema, error_table: errorTable, reject_limit: rejectLimit, delimiter } = body;
  const { force, dry_run: dryRun, create_partitions: createPartitions } = body;
  const given = { schema, errorTable, rejectLimit, delimiter, force, dryRun, createPartitions };
  return { table, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

function checked(values: object): Promise<ImportBody> {
  return validation.transform(values, { type: 'body', metatype: ImportBody }) as Promise<ImportBody>; // as its metatype says
}

function isJson({ raw }: FastifyRequest): boolean {
  return raw.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}

async function readJson(request: FastifyRequest): Promise<object> {
  const { content } = await uploadedContent(request);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES)
      throw new PenstockError('request.too-large', `The JSON is longer than ${MAX_JSON_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // told below
  }
  throw new PenstockError('request.malformed', 'The body is not an object of JSON.');
}
