import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameRecord, toLine } from '../../../../src/domain/stream-onboarding/frame-record.js';
import { virtualFields } from '../../../../src/domain/stream-onboarding/virtual-columns.js';

const bytes = (text: string): Buffer => Buffer.from(text);

/** The line of a record, or the code that refuses it. */
function lineOf(data: Uint8Array, fields?: string): string {
  const frame = frameRecord(data);
  return typeof frame === 'string'
    ? frame
    : Buffer.from(toLine(data, frame, fields === undefined ? undefined : bytes(fields))).toString();
}

describe('frameRecord', () => {
  it.each([
    ['{}', '{}'],
    [' \r\n\t{"a":1} \n', '{"a":1}'],
    ['{"a":"}{][\\"","b":[{},[]]}', '{"a":"}{][\\"","b":[{},[]]}'],
    ['{"a":\r\n[1,\n2]\n}', '{"a":  [1, 2] }'],
    ['{"a":"\\u00e9\\ud83d\\ude00 é🎈"}', '{"a":"\\u00e9\\ud83d\\ude00 é🎈"}'],
    ['{"a":"\\\\"}', '{"a":"\\\\"}'],
  ])('takes %j as the line %j', (record, line) => {
    expect(lineOf(bytes(record))).toBe(line);
  });

  it.each([
    '',
    ' ',
    'null',
    '1',
    '"{}"',
    '[{}]',
    '{',
    '}',
    '{}}',
    '{} {}',
    '{}\n{}',
    '{},',
    '{}x',
    '[',
    '{"a":[}',
    '{"a":[1}]',
    '{"a',
    '{"a\\',
    '{"a\\"}',
    '{"a":"\n"}',
    '{"a":"\u0000"}',
    '{"a":\u0001 1}',
    '{"a":\\"}',
    '{"a":"\\u12"}',
    '{"a":"\\u12g4"}',
    'x{}',
    '\ufeff{}',
    '{"a":é}',
    `${'{"a":'.repeat(501)}1${'}'.repeat(501)}`,
  ])('refuses %j as no JSON object', (record) => {
    expect(lineOf(bytes(record))).toBe('record.not-json');
  });

  it('takes an object that is nested as deep as is allowed', () => {
    const deep = `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`;
    expect(lineOf(bytes(deep))).toBe(deep);
  });

  it.each([
    ['a broken sequence in a string', Buffer.concat([bytes('{"a":"'), Buffer.from([0xc3]), bytes('"}')])],
    ['an overlong one', Buffer.concat([bytes('{"a":"'), Buffer.from([0xc0, 0xaf]), bytes('"}')])],
    ['a surrogate in UTF-8', Buffer.concat([bytes('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), bytes('"}')])],
    ['bytes outside of strings', Buffer.from([0x7b, 0xff, 0x7d])],
    ['nothing but binary', Buffer.from([0xff, 0xfe, 0x00])],
    ['half of a surrogate pair', bytes('{"a":"\\ud800"}')],
    ['the other half', bytes('{"a":"\\udc00"}')],
    ['a pair the wrong way round', bytes('{"a":"\\udc00\\ud800"}')],
    ['a half before a letter', bytes('{"a":"\\ud800\\u0041"}')],
  ])('refuses %s as no UTF-8', (_, record) => {
    expect(lineOf(record)).toBe('record.not-utf8');
  });

  it('refuses a record that no stream could have taken', () => {
    expect(frameRecord(Buffer.alloc(10 * 1_048_576 + 1, 0x20))).toBe('record.too-large');
  });

  it('copies nothing when nothing changes', () => {
    const data = bytes(' {"a":1} ');
    const frame = frameRecord(data);
    if (typeof frame === 'string') throw new Error(frame);
    expect(toLine(data, frame).buffer).toBe(data.buffer);
  });

  it('leaves the record itself as it was', () => {
    const data = bytes('{\n"a":1}');
    expect([lineOf(data), lineOf(data, '"b":2')]).toEqual(['{ "a":1}', '{ "a":1,"b":2}']);
    expect(data.toString()).toBe('{\n"a":1}');
  });

  it('puts further fields behind those of the record', () => {
    expect(lineOf(bytes('{}'), '"b":2')).toBe('{"b":2}');
    expect(lineOf(bytes('{ \n }'), '"b":2')).toBe('{   "b":2}');
    expect(lineOf(bytes('{"a":{}} '), '"b":2')).toBe('{"a":{},"b":2}');
  });

  const json = fc.json({ noUnicodeString: false });
  const object = fc
    .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false }))
    .chain((value) => fc.constantFrom(0, 1, '\n', ' \r\t').map((indent) => JSON.stringify(value, null, indent)));

  it('takes every object that JSON.parse takes, unchanged but for line breaks', () => {
    fc.assert(
      fc.property(object, (text) => {
        expect(JSON.parse(lineOf(bytes(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses every other JSON value', () => {
    fc.assert(
      fc.property(
        json.filter((text) => !text.startsWith('{')),
        (text) => {
          expect(lineOf(bytes(text))).toBe('record.not-json');
        },
      ),
    );
  });

  /** Texts that are nearly JSON: real ones with a piece cut, doubled or replaced. */
  const damaged = fc
    .tuple(
      object,
      fc.nat(),
      fc.nat(6),
      fc.constantFrom('', '"', '\\', '{', '}', '[', ']', '\n', ',', '\\"', '{}', '\u0000', '\\u'),
    )
    .map(([text, position, length, piece]) => {
      const at = position % (text.length + 1);
      return text.slice(0, at) + piece + text.slice(at + length);
    });

  it('agrees with JSON.parse on what it refuses for its brackets and strings, never on what could shift a row', () => {
    fc.assert(
      fc.property(damaged, (text) => {
        const line = lineOf(bytes(text));
        expect(line.startsWith('record.') ? 'refused' : splitRows(line)).toEqual(
          line.startsWith('record.') ? 'refused' : [line],
        );
        expect(isObject(text) && line.startsWith('record.')).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('makes lines that split into the same rows again, whatever stands in them', () => {
    const record = fc.oneof(object, damaged, fc.string());
    fc.assert(
      fc.property(fc.array(record, { maxLength: 20 }), (texts) => {
        const lines = texts.map((text) => lineOf(bytes(text))).filter((line) => !line.startsWith('record.'));
        const stream = lines.join('\n');
        expect(stream.split('\n').filter(Boolean)).toEqual(lines);
        expect(splitRows(stream)).toEqual(lines);
      }),
    );
  });
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      typeof value === 'object' && value !== null && !Array.isArray(value) && !/\p{Cs}/u.test(JSON.stringify(value))
    );
  } catch {
    return false;
  }
}

/** How a reader that only counts brackets outside of strings cuts a stream into rows, as ClickHouse does. */
function splitRows(stream: string): string[] {
  const rows: string[] = [];
  let depth = 0;
  let inside = false;
  let start = 0;
  for (let at = 0; at < stream.length; at++) {
    const char = stream[at]!;
    if (inside) {
      if (char === '\\') at += 1;
      else if (char === '"') inside = false;
    } else if (char === '"') inside = true;
    else if ('{['.includes(char)) depth += 1;
    else if ('}]'.includes(char) && --depth === 0) {
      rows.push(stream.slice(start, at + 1).replace(/^\n/u, ''));
      start = at + 1;
    }
  }
  return start === stream.length ? rows : [...rows, 'unfinished'];
}

describe('virtualFields', () => {
  const record = {
    sequenceNumber: '49',
    subSequenceNumber: 0,
    partitionKey: 'k"1',
    data: bytes('{}'),
    arrivedAtMs: 1_700_000_000_123,
  };
  const source = { streamName: 's', shardId: 'shardId-0' };
  const all = ['_key', '_timestamp', 'x', '_stream', '_shard', '_sequence_number'].map((name) => ({
    name,
    type: 'String',
  }));

  it('writes where a record came from, as far as the table has columns for it', () => {
    const fields = virtualFields(all, source)?.(record);
    expect(JSON.parse(lineOf(bytes('{}'), Buffer.from(fields!).toString()))).toEqual({
      _stream: 's',
      _shard: 'shardId-0',
      _sequence_number: '49',
      _timestamp: '2023-11-14T22:13:20.123Z',
      _key: 'k"1',
    });
    expect(Buffer.from(virtualFields([{ name: '_key', type: 'String' }], source)!(record)).toString()).toBe(
      '"_key":"k\\"1"',
    );
    expect(virtualFields([{ name: 'x', type: 'String' }], source)).toBeUndefined();
  });

  it('tells the events of an aggregate apart', () => {
    const write = virtualFields([{ name: '_sequence_number', type: 'String' }], source)!;
    expect(
      [0, 1, 12].map((subSequenceNumber) => Buffer.from(write({ ...record, subSequenceNumber })).toString()),
    ).toEqual(['"_sequence_number":"49"', '"_sequence_number":"49:1"', '"_sequence_number":"49:12"']);
  });
});
