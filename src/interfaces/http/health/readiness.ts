import { HttpException, Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  type HealthCheckAttempt,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import {
  type ListHealthProbesHandler,
  ListHealthProbesQuery,
} from '../../../application/operation/list-health-probes.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { ServiceState } from '../service-state.js';

/** Kubernetes gives a probe a second by default; a late answer is no answer. */
const PROBE_TIMEOUT_MS = 900;
/** Many probes at once must not become load on the engines. */
const PROBE_CACHE_MS = 1000;

type Probe = Awaited<ReturnType<ListHealthProbesHandler['execute']>>[number];

/** Asks every engine whether it works. */
@Injectable()
export class Readiness {
  constructor(
    private readonly queries: QueryBus,
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly state: ServiceState,
  ) {}

  async check(): Promise<HealthCheckResult> {
    const probes = await this.queries.execute(new ListHealthProbesQuery());
    const attempts = probes.map((probe) => this.attempt(probe));
    // Terminus throws its result when something is down.
    const result = await this.health.check(attempts).catch((error: unknown) => {
      if (error instanceof HttpException) return error.getResponse() as HealthCheckResult;
      throw error;
    });
    return this.state.isStopping ? { ...result, status: 'shutting_down' } : result;
  }

  private attempt(probe: Probe): HealthCheckAttempt {
    return this.indicators
      .check(probe.name)
      .attempt(({ signal }) => probe.check(signal).catch(explain))
      .withTimeout(PROBE_TIMEOUT_MS)
      .cacheFor(PROBE_CACHE_MS);
  }
}

/** Words of drivers may hold addresses, names and values. */
function explain(error: unknown): never {
  throw error instanceof PenstockError ? error : new Error('does not work; the log tells more');
}
