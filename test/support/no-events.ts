import type { EventCodec } from '../../src/domain/ports/event-codec.port.js';
import type { EventTables } from '../../src/domain/ports/event-tables.port.js';

/** What JSON records need of the ports of events: nothing. */
const refuse = (): never => {
  throw new Error('JSON records are no events.');
};

export const NO_CODEC: EventCodec = { encoder: refuse, decoder: refuse };
export const NO_EVENT_TABLES: EventTables = { ensureDatabase: refuse, stored: refuse };
