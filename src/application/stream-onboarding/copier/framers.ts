import type { EventCodec } from '../../../domain/ports/event-codec.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { EventFramer } from './event-framer.js';
import { JsonFramer } from './json-framer.js';
import type { RecordFramer } from './record-framer.js';

/** Where framing goes on. */
export interface FramedShard {
  readonly connector: Connector;
  readonly shardId: string;
  /** Of events: the latest event time the shard has seen. */
  readonly watermarkMs?: number;
}

/** The framer of the connector's format. */
export function framerOf(codec: EventCodec, shard: FramedShard): RecordFramer {
  const { connector, shardId } = shard;
  const { events } = connector;
  return events === undefined ? new JsonFramer(connector, shardId) : new EventFramer({ ...shard, events, codec });
}
