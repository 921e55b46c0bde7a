/** The named limits of publishing events, from the settings. */
export abstract class ProducerLimits {
  /** Events that are accepted and not acknowledged, over all streams of a producer; from half of it on, senders wait. */
  abstract readonly maxPendingEvents: number;
  /** Their bytes, as they are published. */
  abstract readonly maxPendingBytes: number;
  /** Events of one stream that are handed to the transport at once. */
  abstract readonly batchEvents: number;
  /** How long an event may wait for others to go along with it, in milliseconds. */
  abstract readonly lingerMs: number;
  /** How long an event is tried again while the transport does not take it, in milliseconds. */
  abstract readonly deliveryMs: number;
  /** Largest event as it is published, in bytes. */
  abstract readonly maxEventBytes: number;
  /** Events of one request. */
  abstract readonly maxRequestEvents: number;
  /** How long what was accepted may take to be acknowledged when a producer is closed, in milliseconds. */
  abstract readonly closeMs: number;
}
