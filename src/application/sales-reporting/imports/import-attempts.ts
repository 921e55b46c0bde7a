import type { ImportOutcome, ImportSession } from '../../../domain/ports/warehouse-imports.port.js';
import type { ImportTable } from '../../../domain/sales-reporting/import-table.js';
import { type MatchedColumn, matchHeader } from '../../../domain/sales-reporting/match-header.js';
import { rowRules } from '../../../domain/sales-reporting/row-rules.js';
import type { FieldRule } from '../../../domain/sales-reporting/row-schema.js';
import type { CsvImport, ImportFollower } from './csv-import.js';
import { CsvLoad } from './csv-load.js';
import { type OpenCsv, openCsv } from './open-csv.js';
import { RejectDesk } from './reject-desk.js';

export interface AttemptParts {
  readonly request: CsvImport;
  readonly follower: ImportFollower;
  readonly table: ImportTable;
  /** Of the schema file; undefined without one. */
  readonly fields: readonly FieldRule[] | undefined;
}

/** Loads one file, as often as the session asks for it: the first time from the file as it was opened, then anew. */
export class ImportAttempts {
  private desk: RejectDesk;

  private constructor(
    private readonly parts: AttemptParts,
    private file: OpenCsv,
    private readonly columns: readonly MatchedColumn[],
  ) {
    this.desk = this.newDesk();
  }

  /** Opens the file and matches its header. @throws PenstockError `csv.invalid`, `file.unknown` */
  static async open(parts: AttemptParts): Promise<ImportAttempts> {
    const { request, follower, table, fields } = parts;
    const file = await openCsv(request, table, follower.signal);
    try {
      return new ImportAttempts(parts, file, matchHeader(file.header.names, table, fields));
    } catch (error) {
      await file.feed.close();
      throw error;
    }
  }

  get header(): OpenCsv['header'] {
    return this.file.header;
  }

  get firstErrors(): RejectDesk['first'] {
    return this.desk.first;
  }

  async load(session: ImportSession): Promise<ImportOutcome> {
    await this.reopen();
    const { request, follower, table } = this.parts;
    const { file, desk } = this;
    await desk.begin(file.rawHeader);
    const size = request.source.size;
    const load = new CsvLoad(session, {
      ...file,
      ...rowRules(table, this.columns, request.createPartitions ?? false),
      onBad: (bad) => desk.take(session, bad),
      isOver: (tally) => desk.isOver(tally),
      onProgress: ({ rows, rejected }) =>
        follower.onProgress?.({
          bytes: file.feed.taken,
          rows,
          rejected,
          ...(size !== undefined && { totalBytes: size }),
        }),
    });
    await load.run();
    return this.outcome(load);
  }

  async close(): Promise<void> {
    await this.file.feed.close();
  }

  private async reopen(): Promise<void> {
    if (!this.file.isTaken) {
      this.file = { ...this.file, isTaken: true };
      return;
    }
    await this.file.feed.close();
    const { request, table, follower } = this.parts;
    this.file = { ...(await openCsv(request, table, follower.signal)), isTaken: true };
    this.desk = this.newDesk();
  }

  private newDesk(): RejectDesk {
    const { request, follower, fields } = this.parts;
    return new RejectDesk(request.rejectLimit, follower.rejected, fields !== undefined);
  }

  private outcome({ rows, rejected, imported }: CsvLoad): ImportOutcome {
    const { request } = this.parts;
    const { feed } = this.file;
    const reason = this.desk.verdict({ rows, rejected });
    const kept = reason === undefined ? 'keep' : 'refuse';
    return {
      verdict: request.dryRun === true ? 'drop' : kept,
      sha256: feed.sha256(),
      bytes: feed.bytes,
      rows,
      imported: reason === undefined ? imported : 0,
      rejected,
      ...(reason !== undefined && { reason }),
    };
  }
}
