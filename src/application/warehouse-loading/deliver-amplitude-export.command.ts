import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SpooledExport } from '../../domain/ports/hour-spool.port.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { AmplitudeLimits } from '../../domain/warehouse-loading/amplitude/amplitude-limits.js';
import { archiveKey } from '../../domain/warehouse-loading/amplitude/archive-name.js';
import { hourText } from '../../domain/warehouse-loading/amplitude/export-hour.js';
import { readRange } from '../../domain/warehouse-loading/amplitude/export-range.js';
import { weeksOf } from '../../domain/warehouse-loading/amplitude/iso-week.js';
import { type ExportedRange, totals } from '../../domain/warehouse-loading/amplitude/week-manifest.js';
import { AmplitudeHours } from './amplitude/amplitude-hours.js';
import { LoadHours, type TableReceipt } from './amplitude/load-hours.js';
import type { AmplitudeExportRequest, ExportOptions } from './export-amplitude.query.js';
import { type ObjectReceipt, receiptOf } from './object-receipt.js';

/** Where an export goes besides the caller; both at once is possible. */
export interface ExportDestinations {
  readonly bucket: boolean;
  readonly tables: boolean;
}

export interface DeliveryReceipt {
  readonly source: string;
  readonly start: string;
  readonly end: string;
  /** The archive in the bucket. */
  readonly object?: ObjectReceipt;
  /** By the table's name. */
  readonly tables?: Readonly<Record<string, TableReceipt>>;
}

/**
 * Export events of Amplitude into the bucket, the seven warehouse tables, or both. Repeating it brings nothing twice: the
 * archive is replaced by the same one, and every hour of a table is loaded once.
 */
export class DeliverAmplitudeExportCommand extends Command<DeliveryReceipt> {
  constructor(
    readonly request: AmplitudeExportRequest,
    readonly to: ExportDestinations,
    readonly options: ExportOptions,
  ) {
    super();
  }
}

@CommandHandler(DeliverAmplitudeExportCommand)
export class DeliverAmplitudeExportHandler implements ICommandHandler<DeliverAmplitudeExportCommand> {
  constructor(
    private readonly hours: AmplitudeHours,
    private readonly objects: ObjectStore,
    private readonly loads: LoadHours,
    private readonly limits: AmplitudeLimits,
  ) {}

  async execute({ request, to, options }: DeliverAmplitudeExportCommand): Promise<DeliveryReceipt> {
    const exported = { source: request.source, ...readRange(request.start, request.end) };
    const opened = await this.hours.gather({ exported, ...options });
    try {
      return await this.deliver(opened, exported, to, options.signal);
    } finally {
      await opened.close();
    }
  }

  private async deliver(
    opened: SpooledExport,
    exported: ExportedRange,
    to: ExportDestinations,
    signal: AbortSignal,
  ): Promise<DeliveryReceipt> {
    const { source } = exported;
    const weeks = weeksOf(exported);
    const object = to.bucket && {
      object: receiptOf(
        await this.objects.put(
          archiveKey(this.limits.objectPrefix, source, weeks),
          opened.archive(exported, weeks, signal),
          { contentType: 'application/zip', signal },
        ),
      ),
    };
    const tables = to.tables && { tables: await this.loads.load(opened, exported, signal) };
    const range = { source, start: hourText(exported.first), end: hourText(exported.last) };
    return { ...range, ...totals(opened.hours), ...object, ...tables };
  }
}
