import { IsInt, Max, Min } from 'class-validator';
import type { ProducerLimits } from '../../domain/event-pipelines/producer-limits.js';
import { Env } from './env.js';

/** Publishing the events of domains. */
export class EventSettings implements ProducerLimits {
  /** Events of one domain that wait to be acknowledged; from half of it on, senders are held back. */
  @Env('EVENTS_MAX_PENDING')
  @IsInt()
  @Min(2)
  @Max(1_000_000)
  readonly maxPendingEvents: number = 20_000;

  /** Their bytes. */
  @Env('EVENTS_MAX_PENDING_BYTES')
  @IsInt()
  @Min(2_000_000)
  @Max(8_000_000_000)
  readonly maxPendingBytes: number = 64_000_000;

  /** Events of one stream that are handed to the transport at once. */
  @Env('EVENTS_BATCH')
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly batchEvents: number = 5000;

  /** How long an event may wait for others to go along with it, in milliseconds. */
  @Env('EVENTS_LINGER_MS')
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly lingerMs: number = 5;

  /** How long an event is tried again while its stream does not take it, in milliseconds. */
  @Env('EVENTS_DELIVERY_MS')
  @IsInt()
  @Min(0)
  @Max(3_600_000)
  readonly deliveryMs: number = 30_000;

  /** Largest event as it is published, in bytes; a stream has a limit of its own. */
  @Env('EVENTS_MAX_EVENT_BYTES')
  @IsInt()
  @Min(1024)
  @Max(10_000_000)
  readonly maxEventBytes: number = 1_000_000;

  /** Events of one request. */
  @Env('EVENTS_MAX_REQUEST')
  @IsInt()
  @Min(1)
  @Max(100_000)
  readonly maxRequestEvents: number = 5000;

  /** How long what was accepted may take to be acknowledged when the process stops, in milliseconds; keep it below SHUTDOWN_TIMEOUT_MS. */
  @Env('EVENTS_CLOSE_MS')
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly closeMs: number = 10_000;
}
