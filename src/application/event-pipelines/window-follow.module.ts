import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import { FollowLimits } from '../../domain/event-pipelines/follow-limits.js';
import { AggregateWindows } from '../../domain/ports/aggregate-windows.port.js';
import { AlertRecords } from '../../domain/ports/alert-records.port.js';
import { Clock } from '../../domain/ports/clock.port.js';
import { Deployments } from '../../domain/ports/deployments.port.js';
import { Log } from '../../domain/ports/log.port.js';
import { Metrics } from '../../domain/ports/metrics.port.js';
import { WindowCounts } from '../../domain/ports/window-counts.port.js';
import { WindowFollows } from '../../domain/ports/window-follows.port.js';
import { FollowWorker } from './window-follow/follow-worker.js';
import { FollowWorkerLifecycle } from './window-follow/follow-worker-lifecycle.js';

const PORTS = [
  WindowFollows,
  AlertRecords,
  Deployments,
  AggregateWindows,
  WindowCounts,
  Clock,
  Log,
  Metrics,
  FollowLimits,
] as const;
type Resolved<T> = { [K in keyof T]: T[K] extends abstract new (...args: never[]) => infer I ? I : never };

/** Follows the windows of deployed domains for as long as the process runs. */
@Module({
  providers: [
    { provide: FollowWorker, inject: [...PORTS], useFactory: makeWorker },
    {
      provide: FollowWorkerLifecycle,
      inject: [FollowWorker],
      useFactory: (worker: FollowWorker) => new FollowWorkerLifecycle(worker),
    },
  ],
})
export class WindowFollowModule {}

function makeWorker(...resolved: Resolved<typeof PORTS>): FollowWorker {
  const [follows, alerts, deployments, windows, counts, clock, log, metrics, limits] = resolved;
  const id = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  return new FollowWorker(id, { follows, alerts, deployments, windows, counts, clock, log, metrics, limits });
}
