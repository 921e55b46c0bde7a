import { pick, type Random } from '../shared/seeded-random.js';
import type { SessionEvent } from './session-events.js';

const damages: readonly [Damage, ...Damage[]] = [cutOff, lettersForNumber, foreignBytes];
type Damage = (event: SessionEvent) => Uint8Array;

/** The bytes of an event as faulty producers send them, which no table of such events can take. */
export function damagedEvent(random: Random, event: SessionEvent): Uint8Array {
  return pick(random, damages)(event);
}

function cutOff(event: SessionEvent): Uint8Array {
  const text = JSON.stringify(event);
  return new TextEncoder().encode(text.slice(0, Math.floor(text.length / 2)));
}

function lettersForNumber(event: SessionEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...event, user_id: `guest-${event.user_id}` }));
}

/** Latin-1, where JSON is UTF-8. */
function foreignBytes(event: SessionEvent): Uint8Array {
  const text = JSON.stringify({ ...event, search_term: 'café' });
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
