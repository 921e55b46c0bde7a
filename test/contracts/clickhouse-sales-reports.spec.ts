import { ALL_DAYS } from '../../src/domain/sales-reporting/calendar.js';
import { ClickhouseConnection } from '../../src/infrastructure/clickhouse/clickhouse-connection.js';
import { ClickhouseSalesReplica } from '../../src/infrastructure/clickhouse/sales/clickhouse-sales-replica.js';
import { ClickhouseSalesReports } from '../../src/infrastructure/clickhouse/sales/clickhouse-sales-reports.js';
import { NOBODY } from '../support/engine-of.js';
import { replicaEngine } from '../support/sales-replica.js';
import { type Sale, salesReportsContract } from './sales-reports.contract.js';

const OPTIONS = { statementTimeoutMs: 30_000 };
const TABLE = { table: 'sales_report' };

function line({ day, product, name, region, quantity, amount }: Sale, index: number): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\t', '\\t');
  return `${index}\t${product}\t${escaped}\t${region}\t${day}\t${quantity}\t${amount}\t1\n`;
}

salesReportsContract('ClickHouse (embedded)', async () => {
  const engine = await replicaEngine();
  const replica = new ClickhouseSalesReplica(engine.connection, OPTIONS);
  const nobody = new ClickhouseConnection(async () => NOBODY, { maxConnections: 1, idleTimeoutMs: 5000 });
  return {
    reports: new ClickhouseSalesReports(engine.connection, OPTIONS),
    unreachable: { reports: new ClickhouseSalesReports(nobody, OPTIONS), code: 'warehouse.unreachable' },
    load: async (sales) => {
      const rows = (async function* () {
        yield Buffer.from(sales.map(line).join(''));
      })();
      const staged = await replica.stage(rows, new AbortController().signal);
      await replica.publish(staged, TABLE, ALL_DAYS);
      await replica.discard(staged);
    },
    close: async () => {
      await nobody.close();
      await engine.close();
    },
  };
});
