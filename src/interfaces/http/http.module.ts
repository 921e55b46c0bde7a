import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { ThrottlerModule } from '@nestjs/throttler';
import { CallerGuard } from './access/caller.guard.js';
import { RateLimitGuard } from './access/rate-limit.guard.js';
import { ScopeGuard } from './access/scope.guard.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { HttpOptions } from './http-options.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { ProblemDetailsFilter } from './problem-details.filter.js';
import { requestValidation } from './request-validation.js';
import { ServiceState } from './service-state.js';

/** What holds for every route, and the routes every process has. */
@Module({})
export class HttpModule {
  static of(options: HttpOptions, state: ServiceState): DynamicModule {
    const limit = options.rateLimitPerMinute;
    return {
      module: HttpModule,
      imports: [
        TerminusModule.forRoot({ logger: false }),
        ThrottlerModule.forRoot({ throttlers: [{ ttl: 60_000, limit, skipIf: () => limit === 0 }] }),
      ],
      controllers: [HealthController, MetricsController],
      providers: [
        Readiness,
        { provide: HttpOptions, useValue: options },
        { provide: ServiceState, useValue: state },
        // Guards run in this order: a wrong key counts against the limit of its address before it is refused.
        { provide: APP_GUARD, useClass: CallerGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: ScopeGuard },
        { provide: APP_FILTER, useClass: ProblemDetailsFilter },
        { provide: APP_PIPE, useFactory: requestValidation },
      ],
    };
  }
}
