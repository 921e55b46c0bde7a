import type { DomainConfig } from '../../../domain/event-pipelines/domain-config.js';
import type { WindowCount, WindowCounts } from '../../../domain/ports/window-counts.port.js';
import { quoteTableName } from '../../../domain/stream-onboarding/create-table-statement.js';
import type { ClickhouseConnection } from '../clickhouse-connection.js';
import { WindowCatalog } from './window-catalog.js';
import { type WindowMark, windowNames } from './window-names.js';
import { WindowSession, type WindowSessionOptions } from './window-session.js';

interface CountRow {
  readonly panes: number;
  readonly last_ms: string;
  readonly changed_ms: string;
  readonly late: string;
}

/** Counts of the panes of the builds in use. */
export class ClickhouseWindowCounts implements WindowCounts {
  private readonly session: WindowSession;
  private readonly catalog: WindowCatalog;

  constructor(connection: ClickhouseConnection, options: WindowSessionOptions) {
    this.session = new WindowSession(connection, options);
    this.catalog = new WindowCatalog(this.session, options.cluster);
  }

  async read(domain: DomainConfig): Promise<WindowCount[]> {
    const found = await this.catalog.ofDomain(domain.name);
    const counts: WindowCount[] = [];
    for (const { name, mark } of found) {
      if (mark.role !== 'windows' || name.database !== domain.warehouse.database) continue;
      counts.push(await this.count(name.database, mark));
    }
    return counts;
  }

  private async count(database: string, { domain, aggregation, build }: WindowMark): Promise<WindowCount> {
    const { panes, lateRows } = windowNames(database, domain, aggregation, build);
    const [row] = await this.session.rows<CountRow>(
      `SELECT count() > 0 AS panes, toString(toUnixTimestamp64Milli(max(pane))) AS last_ms,
         toString(toUnixTimestamp64Milli(max(changed_at))) AS changed_ms,
         (SELECT toString(count()) FROM ${quoteTableName(lateRows)}) AS late
       FROM ${quoteTableName(panes)}`,
    );
    const times = row?.panes === 1 && { lastWindowStartMs: Number(row.last_ms), changedAtMs: Number(row.changed_ms) };
    return { aggregation, ...times, lateEvents: Number(row?.late ?? 0) };
  }
}
