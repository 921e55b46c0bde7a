import { createHash } from 'node:crypto';
import { PenstockError } from '../../../domain/errors.js';
import type { WindowDefinition } from '../../../domain/event-pipelines/window-definition.js';
import type { TableName } from '../../../domain/shared/table-name.js';
import { MARK, stored, type WindowMark, WINDOW_ROLES } from './window-names.js';
import type { WindowSession } from './window-session.js';

/** Goes up when the same definition is kept in another way than before. */
const KEPT_AS = 1;

const COMMENT_OF = 'SELECT comment FROM system.tables WHERE database = {database: String} AND name = {table: String}';

export interface FoundObject {
  readonly name: TableName;
  readonly mark: WindowMark;
}

/** What there is of windows, by the comments of what the service made. */
export class WindowCatalog {
  constructor(
    private readonly session: WindowSession,
    private readonly cluster: string | undefined,
  ) {}

  async ofDomain(domain: string): Promise<FoundObject[]> {
    const rows = await this.session.rows<{ database: string; table: string; comment: string }>(
      `SELECT database, name AS table, comment FROM system.tables
       WHERE startsWith(comment, {mark: String})
         AND JSONExtractString(substring(comment, length({mark: String}) + 1), 'domain') = {domain: String}
       ORDER BY database, name`,
      { mark: MARK, domain },
    );
    return rows.flatMap(({ database, table, comment }) => {
      const mark = markOf(comment);
      return mark === undefined ? [] : [{ name: { database, table }, mark }];
    });
  }

  /**
   * Of the definition and of the very table its events are in: one that was dropped and made anew is another. Undefined
   * where the table is not there.
   */
  async fingerprint(definition: WindowDefinition): Promise<string | undefined> {
    const { database, table } = stored(definition.source, this.cluster);
    const [found] = await this.session.rows<{ uuid: string }>(
      'SELECT toString(uuid) AS uuid FROM system.tables WHERE database = {database: String} AND name = {table: String}',
      { database, table },
    );
    if (found === undefined) return undefined;
    const text = JSON.stringify([KEPT_AS, found.uuid, definition]);
    return createHash('sha256').update(text).digest('hex').slice(0, 32);
  }

  /** What the view of the windows reads; undefined where it is not there, or not ours. */
  async inUse({ database, table }: TableName): Promise<WindowMark | undefined> {
    const [found] = await this.session.rows<{ comment: string }>(COMMENT_OF, { database, table });
    return found && markOf(found.comment);
  }

  /** @throws PenstockError `table.exists` when the name belongs to something that is not ours, or another aggregation's */
  async requireFree(
    { database, table }: TableName,
    aggregation: Pick<WindowMark, 'domain' | 'aggregation'>,
  ): Promise<void> {
    const [found] = await this.session.rows<{ comment: string }>(COMMENT_OF, { database, table });
    if (found === undefined) return;
    const mark = markOf(found.comment);
    if (mark?.domain === aggregation.domain && mark.aggregation === aggregation.aggregation) return;
    throw new PenstockError('table.exists', `There is another table ${database}.${table} already.`);
  }
}

function markOf(comment: string): WindowMark | undefined {
  try {
    const mark = JSON.parse(comment.slice(MARK.length)) as Partial<WindowMark>;
    return WINDOW_ROLES.some((role) => role === mark.role) ? (mark as WindowMark) : undefined;
  } catch {
    return undefined; // somebody else's words
  }
}
