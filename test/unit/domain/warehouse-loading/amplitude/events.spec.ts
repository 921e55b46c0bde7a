import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Digest128 } from '../../../../../src/domain/warehouse-loading/amplitude/digest-128.js';
import { DigestSet } from '../../../../../src/domain/warehouse-loading/amplitude/digest-set.js';
import { EventIds, type Span } from '../../../../../src/domain/warehouse-loading/amplitude/event-ids.js';
import { parseHour } from '../../../../../src/domain/warehouse-loading/amplitude/export-hour.js';
import {
  compareEntryNames,
  holdsEvents,
  hourOfEntry,
} from '../../../../../src/domain/warehouse-loading/amplitude/part-name.js';

const ids = new EventIds();

/** What a scan finds, as texts. */
function scanned(line: string): { isObject: boolean; uuid?: string; insertId?: string; deviceId?: string } {
  const padded = Buffer.from(`,"uuid":"before"}\n${line}\n{"uuid":"behind"}`);
  const start = padded.indexOf(10) + 1;
  const end = padded.lastIndexOf(10);
  const isObject = ids.scan(padded, start, end);
  const text = ({ start: from, end: to }: Span): string | undefined =>
    to > from ? (JSON.parse(`"${padded.subarray(from, to).toString()}"`) as string) : undefined;
  const found = { uuid: text(ids.uuid), insertId: text(ids.insertId), deviceId: text(ids.deviceId) };
  return { isObject, ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) };
}

const idValue = fc.oneof(
  fc.string(),
  fc.constant(null),
  fc.integer(),
  fc.constant({ uuid: 'inside' }),
  fc.constant(['uuid']),
);
const event = fc
  .tuple(fc.jsonValue(), idValue, idValue, idValue, fc.dictionary(fc.string(), fc.jsonValue()))
  .map(([nested, uuid, insertId, deviceId, rest]) => ({
    a: { uuid: 'nested', $insert_id: 'nested', more: nested },
    ...rest,
    ...(uuid === null ? {} : { uuid }),
    '"uuid"': '"uuid":"x"',
    list: ['uuid', { uuid: 'y' }, nested],
    $insert_id: insertId,
    text: 'uuid',
    device_id: deviceId,
  }));

describe('the ids of an event', () => {
  it('are those that JSON.parse would find on the first level, with any white space', () => {
    fc.assert(
      fc.property(event, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const line = JSON.stringify(value, undefined, indent).replaceAll('\n', '\r');
        const parsed = JSON.parse(line) as Record<string, unknown>;
        const text = (name: string): string | undefined => {
          const found = parsed[name];
          return typeof found === 'string' && found !== '' ? found : undefined;
        };
        expect(scanned(line)).toEqual(
          JSON.parse(
            JSON.stringify({
              isObject: true,
              uuid: text('uuid'),
              insertId: text('$insert_id'),
              deviceId: text('device_id'),
            }),
          ),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('are found wherever fields stand, whatever looks like one of them behind', () => {
    const look = ['"uuid":"x"', 'a\\"uuid', '\\\\', '{"uuid":"y"}', ']}'];
    const field = fc.tuple(
      fc.constantFrom('uuid', '$insert_id', 'device_id', 'other', 'uuid2', 'x"uuid', 'text'),
      fc.oneof(
        fc.constantFrom(...look),
        fc.constantFrom(null, 7, { uuid: 'in' }, [{ $insert_id: 'in' }, 'uuid'], 'plain'),
      ),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(field, { selector: ([name]) => name, maxLength: 7 }),
        fc.boolean(),
        (fields, isLong) => {
          const padding: [string, string][] = isLong ? [['padding', 'x'.repeat(600)]] : [];
          const value = Object.fromEntries([...fields.slice(0, 3), ...padding, ...fields.slice(3)]);
          const text = (found: unknown): string | undefined => (typeof found === 'string' ? found : undefined);
          const expected = {
            isObject: true,
            uuid: text(value['uuid']),
            insertId: text(value['$insert_id']),
            deviceId: text(value['device_id']),
          };
          expect(scanned(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(expected)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each(['', '[]', '"uuid"', '{"uuid":"a"', '{"uuid":"a', '{"a":1}{"b":2}', 'null', '{"a":1}}', '{"a":"\\'])(
    'of %j are those of no object',
    (line) => expect(scanned(line).isObject).toBe(false),
  );

  it('never fail on anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(() => ids.scan(bytes, 0, bytes.length)).not.toThrow();
      }),
    );
    const pieces = fc.array(fc.constantFrom('{', '}', '"', '\\', ':', ',', 'uuid', '"uuid":"', '[', ']', ' '), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const bytes = Buffer.from(parts.join(''));
        expect(() => ids.scan(bytes, 0, bytes.length)).not.toThrow();
      }),
    );
  });
});

describe('a digest', () => {
  const of = (seed: number, ...texts: string[]): string => {
    const digest = new Digest128();
    digest.begin(seed);
    for (const text of texts) {
      const padded = Buffer.from(`<${text}>`);
      digest.add(padded, 1, padded.length - 1);
    }
    const bytes = Buffer.alloc(16);
    [digest.a, digest.b, digest.c, digest.d].forEach((word, index) => bytes.writeInt32LE(word, index * 4));
    return bytes.toString('hex');
  };

  it.each([
    // As mmh3 5.3.1 for Python says: hash128(text, seed, x64arch=False), its bytes in little-endian order.
    ['', 0, '00000000000000000000000000000000'],
    ['', 1, 'ecadc488b901d254b901d254b901d254'],
    ['a', 0, '3c9394a71bb056551bb056551bb05655'],
    ['penstock', 1, '3e48a81b013c06378e76af5c8e76af5c'],
    ['0123456789abcdef', 0, '09447dfb0ad3ae369b1dad48fd3b2b57'],
    ['b6b1c7f0-3c1c-11ee-9c3a-0242ac120002', 0, '5c77faec125578c898ed6b06d14a82c8'],
    ['é'.repeat(21), 1, '218e85f42702c55cd8962e810016679f'],
  ])('of %j with seed %i is what others say', (text, seed, digest) => {
    expect(of(seed, text)).toBe(digest);
  });

  it('of two texts depends on where one ends and the other begins', () => {
    expect(new Set([of(1, 'ab', 'c'), of(1, 'a', 'bc'), of(1, 'abc', ''), of(1, 'abc')]).size).toBe(4);
  });
});

describe('a set of digests', () => {
  it('says of each whether it is new, as a Set does, full to its limit', () => {
    const word = fc.constantFrom(0, 1, 2, 0xffff_ffff, 0x8000_0000);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, word), { maxLength: 200 }), (digests) => {
        const [set, expected] = [new DigestSet(1024), new Set<string>()];
        for (const [a, b, c, d] of digests) {
          const last = (a | b | c | d) === 0 ? 1 : d;
          const key = [a, b, c, last].join();
          expect(set.add(a, b, c, d)).toBe(!expected.has(key));
          expected.add(key);
        }
        set.clear();
        expect(digests.length === 0 || set.add(...digests[0]!)).toBe(true);
      }),
    );
  });

  it('refuses more than it can look for in good time', () => {
    const set = new DigestSet(16);
    expect(() => Array.from({ length: 16 }, (_, n) => set.add(n + 1, 0, 0, 0))).toThrow(RangeError);
  });
});

describe('the files of an archive', () => {
  const first = parseHour('20240201', 0)!;
  const day = { first, last: first + 23 };

  it.each([
    ['187520/187520_2024-02-01_5#12.json.gz', 5],
    ['187520/187520_2024-02-01_05#0.json.gz', 5],
    ['a/b/c/9_2024-02-01_23.json.gz', 23],
    ['187520/187520_2024-02-02_0#0.json.gz', undefined],
    ['187520/187520_2024-02-01_24#0.json.gz', undefined],
    ['187520/187520_2024-02-31_1#0.json.gz', undefined],
    ['events.gz', undefined],
  ])('%s is of the hour %s of its day', (name, hour) => {
    expect(hourOfEntry(name, day)).toBe(hour === undefined ? undefined : first + hour);
  });

  it('are all of the hour where one hour was asked for', () => {
    expect(hourOfEntry('anything.gz', { first, last: first })).toBe(first);
  });

  it('hold events when they are compressed', () => {
    expect(['x.gz', 'a/B.JSON.GZ', 'a/', 'a.json', 'gz'].map(holdsEvents)).toEqual([true, true, false, false, false]);
  });

  it('are in the order of their numbers, which is an order', () => {
    const names = [
      'p/p_2024-02-01_10#0',
      'p/p_2024-02-01_2#10',
      'p/p_2024-02-01_2#2',
      'a/p_2024-02-01_9#0',
      'p/p_2024-02-01_02#2',
    ];
    expect(names.toSorted(compareEntryNames)).toEqual([
      'a/p_2024-02-01_9#0',
      'p/p_2024-02-01_02#2',
      'p/p_2024-02-01_2#2',
      'p/p_2024-02-01_2#10',
      'p/p_2024-02-01_10#0',
    ]);
    const name = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', '#', '_'), maxLength: 8 });
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(compareEntryNames(a, b)) + Math.sign(compareEntryNames(b, a))).toBe(0);
        expect(compareEntryNames(a, b) === 0).toBe(a === b);
        if (compareEntryNames(a, b) <= 0 && compareEntryNames(b, c) <= 0)
          expect(compareEntryNames(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});
