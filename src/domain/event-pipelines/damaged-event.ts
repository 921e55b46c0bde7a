import type { SessionEvent } from './session-events.js';

/** How faulty producers damage events, so that no table of such events can take them. */
export const DAMAGES = ['letters-for-number', 'cut-off', 'not-utf8'] as const;
export type Damage = (typeof DAMAGES)[number];

/** The bytes of an event with this damage. */
export function damagedEvent(damage: Damage, event: SessionEvent): Uint8Array {
  return DAMAGED[damage](event);
}

const DAMAGED: Readonly<Record<Damage, (event: SessionEvent) => Uint8Array>> = {
  'letters-for-number': (event) => bytesOf({ ...event, user_id: `guest-${event.user_id}` }),
  'cut-off': (event) => {
    const bytes = bytesOf(event);
    return bytes.subarray(0, bytes.length / 2);
  },
  // Latin-1, where the others are UTF-8.
  'not-utf8': (event) =>
    Uint8Array.from(JSON.stringify({ ...event, search_term: 'café' }), (character) => character.charCodeAt(0)),
};

function bytesOf(event: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(event));
}
