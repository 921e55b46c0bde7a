import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../../domain/errors.js';
import { AppmetricaLogs } from '../../../domain/ports/appmetrica-logs.port.js';
import { Clock } from '../../../domain/ports/clock.port.js';
import { AppmetricaLimits } from '../../../domain/warehouse-loading/appmetrica/appmetrica-limits.js';

export interface AppmetricaPing {
  readonly status: 'ok';
  readonly application: { readonly id: number; readonly name: string; readonly time_zone?: string };
  readonly latency_ms: number;
}

/** Whether AppMetrica answers, and lets the service see the application of the settings. */
export class PingAppmetricaQuery extends Query<AppmetricaPing> {
  constructor(readonly signal: AbortSignal) {
    super();
  }
}

@QueryHandler(PingAppmetricaQuery)
export class PingAppmetricaHandler implements IQueryHandler<PingAppmetricaQuery> {
  constructor(
    private readonly vendor: AppmetricaLogs,
    private readonly clock: Clock,
    private readonly limits: AppmetricaLimits,
  ) {}

  async execute({ signal }: PingAppmetricaQuery): Promise<AppmetricaPing> {
    const { applicationId } = this.limits;
    if (applicationId === undefined) {
      throw new PenstockError('vendor.unconfigured', 'APPMETRICA_APPLICATION_ID is not set.');
    }
    const startMs = this.clock.nowMs();
    const { id, name, timeZone } = await this.vendor.application(applicationId, signal);
    const application = { id, name, ...(timeZone !== undefined && { time_zone: timeZone }) };
    return { status: 'ok', application, latency_ms: this.clock.nowMs() - startMs };
  }
}
