import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { SpooledExport } from '../../domain/ports/hour-spool.port.js';
import { archiveName } from '../../domain/warehouse-loading/amplitude/archive-name.js';
import { type ExportSource, readRange } from '../../domain/warehouse-loading/amplitude/export-range.js';
import { weeksOf } from '../../domain/warehouse-loading/amplitude/iso-week.js';
import { totals } from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import { AmplitudeHours, type GatherProgress } from './amplitude/amplitude-hours.js';

/** What of Amplitude is asked for. */
export interface AmplitudeExportRequest {
  /** `YYYYMMDD` or `YYYYMMDDTHH`. */
  readonly start: string;
  /** The same, inclusive. */
  readonly end: string;
  readonly source: ExportSource;
}

export interface ExportOptions {
  /** Gives the export up; hours that are finished stay for the next time. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: GatherProgress) => void;
}

/** An archive, ready to be read: everything that could be missing is there. */
export interface AmplitudeArchive {
  readonly name: string;
  /** Sums of its manifest. */
  readonly totals: object;
  /** Read once; ends with an error where the disk turns out to be damaged. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Export events of Amplitude as an archive of weeks. Nothing is answered before every hour is there and checked. */
export class ExportAmplitudeQuery extends Query<AmplitudeArchive> {
  constructor(
    readonly request: AmplitudeExportRequest,
    readonly options: ExportOptions,
  ) {
    super();
  }
}

@QueryHandler(ExportAmplitudeQuery)
export class ExportAmplitudeHandler implements IQueryHandler<ExportAmplitudeQuery> {
  constructor(private readonly hours: AmplitudeHours) {}

  async execute({ request: { source, start, end }, options }: ExportAmplitudeQuery): Promise<AmplitudeArchive> {
    const exported = { source, ...readRange(start, end) };
    const weeks = weeksOf(exported);
    const opened = await this.hours.gather({ exported, ...options });
    const content = closing(opened, opened.archive(exported, weeks, options.signal));
    return { name: archiveName(weeks), totals: totals(opened.hours), content };
  }
}

async function* closing(opened: SpooledExport, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } finally {
    await opened.close();
  }
}
