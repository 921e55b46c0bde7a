import { PenstockError } from '../../../domain/errors.js';
import type {
  BreakdownRequest,
  ReportRequest,
  SalesReport,
  SalesReports,
} from '../../../domain/ports/sales-reports.port.js';
import { nameText } from '../../../domain/sales-reporting/qualified-name.js';
import {
  type BreakdownRow,
  moneyText,
  MOST_TIED_PRODUCTS,
  type SummaryRow,
  type Ties,
  TOP_PRODUCTS,
  type TopProductRow,
  wholeNumber,
} from '../../../domain/sales-reporting/sales-report.js';
import type { ClickhouseConnection } from '../clickhouse-connection.js';
import { translateFailure } from '../clickhouse-errors.js';
import { dateParameters, monthText, replicaTable } from './replica-table.js';

export interface SalesReportsOptions {
  readonly statementTimeoutMs: number;
  readonly cluster?: string | undefined;
}

interface Query {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const SUMS = 'toString(sum(sales_amount)) AS revenue, toString(sum(quantity_sold)) AS quantity';
const IN_RANGE = 'sales_date BETWEEN {from: Date32} AND {to: Date32}';
/** Names of parts change with every insert, mutation and merge: the same parts are the same rows. */
const VERSION = `
  SELECT toString(cityHash64(arraySort(groupArray(name)))) AS version FROM system.parts
  WHERE active AND database || '.' || table = {place: String}`;

/** The reports from the rows of a replica, which `penstock reports copy` fills. */
export class ClickhouseSalesReports implements SalesReports {
  constructor(
    private readonly connection: ClickhouseConnection,
    private readonly options: SalesReportsOptions,
  ) {}

  summary(request: ReportRequest): Promise<SalesReport<SummaryRow[]>> {
    const sql = `
      SELECT toYYYYMM(sales_date) AS year_month, ${SUMS} FROM ${replicaTable(request.table)}
      WHERE ${IN_RANGE} GROUP BY year_month ORDER BY year_month`;
    return this.answer(request, [], async () => {
      const rows = await this.all<{ year_month: number; revenue: string; quantity: string }>(request, {
        sql,
        parameters: dateParameters(request.range),
      });
      return rows.map(({ year_month, revenue, quantity }) => ({
        month: monthText(year_month),
        revenue: moneyText(revenue),
        quantity: wholeNumber(quantity),
      }));
    });
  }

  topProducts(request: ReportRequest & { readonly ties: Ties }): Promise<SalesReport<TopProductRow[]>> {
    const limit = request.ties === 'keep' ? MOST_TIED_PRODUCTS : TOP_PRODUCTS;
    const sql = `
      SELECT toInt32(rank() OVER (ORDER BY total DESC)) AS rank, toString(id) AS product_id, product_name, toString(total) AS revenue
      FROM (SELECT product_id AS id, product_name, sum(sales_amount) AS total FROM ${replicaTable(request.table)}
            WHERE ${IN_RANGE} GROUP BY id, product_name)
      ORDER BY total DESC, product_name, id LIMIT ${limit}`;
    return this.answer(request, [], async () => {
      const rows = await this.all<TopProductRow & { product_id: string }>(request, {
        sql,
        parameters: dateParameters(request.range),
      });
      return rows
        .filter(({ rank }) => rank <= TOP_PRODUCTS)
        .map((row) => ({ ...row, product_id: wholeNumber(row.product_id), revenue: moneyText(row.revenue) }));
    });
  }

  breakdown(request: BreakdownRequest): Promise<SalesReport<AsyncIterable<BreakdownRow>>> {
    return this.answer(request, nothing(), async () => this.rows(request));
  }

  private async *rows(request: BreakdownRequest): AsyncGenerator<BreakdownRow> {
    const query = breakdownQuery(request);
    for await (const row of this.stream<{ year_month: number; quantity: string } & BreakdownRow>(request, query)) {
      const { year_month, product_name, region, revenue, quantity } = row;
      yield {
        month: monthText(year_month),
        product_name,
        region,
        revenue: moneyText(revenue),
        quantity: wholeNumber(quantity),
      };
    }
  }

  private async answer<Rows>(
    request: ReportRequest,
    none: Rows,
    read: () => Promise<Rows>,
  ): Promise<SalesReport<Rows>> {
    const version = await this.version(request);
    const isUnchanged = version !== undefined && request.versions?.has(version) === true;
    const rows = isUnchanged ? none : await read();
    return { rows, isUnchanged, source: 'rows', ...(version !== undefined && { version }) };
  }

  /** Taken before the rows are read: what comes in between makes the answer newer than its version, never older. */
  private async version(request: ReportRequest): Promise<string | undefined> {
    if (this.options.cluster !== undefined) return undefined; // replicas have parts of their own
    const place = `penstock.${nameText(request.table)}`;
    const [row] = await this.all<{ version: string }>(request, { sql: VERSION, parameters: { place } });
    return row?.version;
  }

  private async all<T>(request: ReportRequest, query: Query): Promise<T[]> {
    const rows: T[] = [];
    for await (const row of this.stream<T>(request, query)) rows.push(row);
    return rows;
  }

  private async *stream<T>({ table }: ReportRequest, { sql, parameters }: Query): AsyncGenerator<T> {
    const { statementTimeoutMs } = this.options;
    const timeout = AbortSignal.timeout(statementTimeoutMs);
    const left = new AbortController();
    try {
      const client = await this.connection.client();
      const result = await client.query({
        query: sql,
        query_params: { ...parameters },
        format: 'JSONEachRow',
        abort_signal: AbortSignal.any([timeout, left.signal]),
      });
      for await (const rows of result.stream<T>()) for (const row of rows) yield row.json();
    } catch (cause) {
      throw failure(cause, nameText(table), timeout.aborted);
    } finally {
      left.abort();
    }
  }
}

function breakdownQuery(request: BreakdownRequest): Query {
  const { product, region, after, limit, range, table } = request;
  const conditions = [
    IN_RANGE,
    ...(product === undefined ? [] : ['product_name = {product: String}']),
    ...(region === undefined ? [] : ['region = {region: String}']),
    ...(after === undefined
      ? []
      : [
          '(toYYYYMM(sales_date), product_name, toString(region)) > ({month: UInt32}, {name: String}, {place: String})',
        ]),
  ];
  const sql = `
    SELECT toYYYYMM(sales_date) AS year_month, product_name, toString(region) AS region, ${SUMS}
    FROM ${replicaTable(table)} WHERE ${conditions.join(' AND ')}
    GROUP BY year_month, product_name, region ORDER BY year_month, product_name, region
    ${limit === undefined ? '' : 'LIMIT {limit: UInt32}'}`;
  const cursor = after && { month: Number(after.month.replace('-', '')), name: after.productName, place: after.region };
  const given = Object.entries({ product, region, limit }).filter(([, value]) => value !== undefined);
  return { sql, parameters: { ...dateParameters(range), ...Object.fromEntries(given), ...cursor } };
}

function failure(cause: unknown, table: string, isLate: boolean): PenstockError {
  if (isLate) return new PenstockError('query.timeout', `ClickHouse did not answer the report in time.`, { cause });
  const error = translateFailure(cause, `the sales of "${table}"`);
  if (error.code !== 'table.unknown') return error;
  const message = `ClickHouse has no sales of "${table}" yet: penstock reports copy --table ${table} brings them there.`;
  return new PenstockError('table.unknown', message, { cause });
}

async function* nothing(): AsyncGenerator<BreakdownRow> {}
