import { Logger } from '@nestjs/common';
import type { Metrics } from './domain/ports/metrics.port.js';
import type { RequestScope } from './infrastructure/logging/request-scope.js';
import { checkLocalRequest } from './interfaces/http/access/host-check.js';
import type { RequestOutcome, RequestWatch } from './interfaces/http/request-hooks.js';
import type { ServiceState } from './interfaces/http/service-state.js';

export interface WatchParts {
  readonly metrics: Metrics;
  readonly scope: RequestScope;
  readonly state: ServiceState;
  readonly isKeyless: boolean;
}

/** Lets log and metrics see every request; here, because only the composition knows both rings. */
export function requestWatch({ metrics, scope, state, isKeyless }: WatchParts): RequestWatch {
  const logger = new Logger('HTTP');
  return {
    within: (requestId, handle) => scope.run(requestId, handle),
    began: () => metrics.add('http_requests_in_flight', {}, 1),
    ended: (outcome) => {
      const { method, path, route, status, durationMs, problemCode } = outcome;
      metrics.add('http_requests_in_flight', {}, -1);
      metrics.observe('http_request_duration_seconds', { method, route, status: String(status) }, durationMs / 1000);
      if (problemCode !== undefined) metrics.count('http_problems_total', { code: problemCode });
      logger.log(`${method} ${path} ${status}`, accessFields(outcome));
    },
    isStopping: () => state.isStopping,
    admit: (headers) => {
      if (isKeyless) checkLocalRequest(headers);
    },
  };
}

function accessFields({ requestId, durationMs, caller, problemCode, isAborted }: RequestOutcome): object {
  return {
    requestId,
    durationMs,
    ...(caller && { caller }),
    ...(problemCode && { code: problemCode }),
    ...(isAborted && { isAborted }),
  };
}
