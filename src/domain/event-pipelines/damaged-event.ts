/** How faulty producers damage events of JSON, so that no table of such events can take them. */
export const DAMAGES = ['letters-for-number', 'cut-off', 'not-utf8'] as const;
export type Damage = (typeof DAMAGES)[number];

/** The bytes of an event with this damage. */
export function damagedEvent(damage: Damage, event: object): Uint8Array {
  return DAMAGED[damage](event);
}

/** How faulty producers damage records of Avro, so that nobody can decode them. */
export const WIRE_DAMAGES = ['cut-off', 'not-avro', 'unknown-schema'] as const;
export type WireDamage = (typeof WIRE_DAMAGES)[number];

/** A record in Confluent's wire format with this damage. */
export function damagedRecord(damage: WireDamage, data: Uint8Array): Uint8Array {
  if (damage === 'cut-off') return data.subarray(0, data.length / 2);
  if (damage === 'not-avro') return bytesOf({ message: 'an event of another system' });
  const changed = Uint8Array.from(data);
  changed.set(NOBODYS_SCHEMA, 1);
  return changed;
}

/** The largest of all ids; registries count from 1. */
const NOBODYS_SCHEMA = [0x7f, 0xff, 0xff, 0xff];

const DAMAGED: Readonly<Record<Damage, (event: object) => Uint8Array>> = {
  'letters-for-number': (event) => {
    const number = Object.entries(event).find(([, value]) => typeof value === 'number');
    return bytesOf(number === undefined ? event : { ...event, [number[0]]: `about ${number[1]}` });
  },
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
