import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReportAnswer, ReportOrder } from '../../../application/sales-reporting/report-desk.js';
import { linkNext } from '../next-link.js';
import { answerRows, rowFormat } from '../rows-answer.js';
import type { ReportQuery } from './reports.dto.js';

const MAX_TAGS = 20;

/** What the query and the headers of a request ask for. */
export function orderOf(query: ReportQuery, { headers }: FastifyRequest): ReportOrder {
  const { start_date: startDate, end_date: endDate, engine, source, table } = query;
  const suffix = `.${rowFormat(headers.accept)}`;
  const tags = [...(headers['if-none-match'] ?? '').matchAll(/"([^"]+)"/g)].map(([, tag = '']) => tag);
  const ours = tags.filter((tag) => tag.endsWith(suffix)).map((tag) => tag.slice(0, -suffix.length));
  return { startDate, endDate, engine, table, fromRows: source === 'raw', tags: ours.slice(0, MAX_TAGS) };
}

export interface ReportReply {
  readonly answer: ReportAnswer<AsyncIterable<object> | readonly object[]> & { readonly next?: string };
  readonly columns: readonly string[];
  readonly name: string;
}

/** Rows in the format the client prefers, or nothing but that they are the ones it has. */
export async function sendReport(request: FastifyRequest, reply: FastifyReply, report: ReportReply): Promise<void> {
  const { answer, columns, name } = report;
  const format = rowFormat(request.headers.accept);
  void reply.header('vary', 'accept').header('cache-control', 'private, no-cache');
  void reply.header('x-report-source', answer.source);
  if (answer.tag !== undefined) void reply.header('etag', `"${answer.tag}.${format}"`);
  if (answer.isUnchanged) {
    await reply.status(304).send();
    return;
  }
  linkNext(reply, request, answer.next);
  await answerRows(reply, { format, columns, name, rows: iterable(answer.rows) });
}

type JsonRow = Readonly<Record<string, unknown>>;

function iterable(rows: AsyncIterable<object> | readonly object[]): AsyncIterable<JsonRow> {
  // Any object is a row; rows that come by themselves are passed on as they come.
  return Symbol.asyncIterator in rows ? (rows as AsyncIterable<JsonRow>) : each(rows as readonly JsonRow[]);
}

async function* each(rows: readonly JsonRow[]): AsyncGenerator<JsonRow> {
  yield* rows;
}
