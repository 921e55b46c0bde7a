import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { CsvGlue } from '../../../../../src/domain/warehouse-loading/appmetrica/csv-glue.js';
import { JsonGlue } from '../../../../../src/domain/warehouse-loading/appmetrica/json-glue.js';
import { glueParts, type PartGlue } from '../../../../../src/domain/warehouse-loading/appmetrica/part-glue.js';

/** Bytes in chunks of these sizes, again and again. */
async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function glued(glue: PartGlue, parts: readonly string[], sizes: readonly number[] = [65_536]): Promise<string> {
  const streams = (async function* () {
    for (const part of parts) yield cut(part, sizes);
  })();
  const pieces: Buffer[] = [];
  // Copied at once, as a file would have it: a stage may use its chunk again.
  for await (const piece of glueParts(glue, streams)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('gluing CSV parts', () => {
  const csv = (...parts: string[]): Promise<string> => glued(new CsvGlue([]), parts);

  it('keeps one header, and adds the newline a part ends without', async () => {
    expect(await csv('a,b\n1,2\n3,4', 'a,b\n5,6\n', 'a,b', 'a,b\n7,8')).toBe('a,b\n1,2\n3,4\n5,6\n7,8\n');
  });

  it('takes newlines within quotes for what they are, in headers too', async () => {
    expect(await csv('"a\nb",c\n"x\ny",1', '"a\nb",c\n"z ""q""\n",2')).toBe('"a\nb",c\n"x\ny",1\n"z ""q""\n",2\n');
  });

  it('keeps the newlines and the byte order mark of the first part', async () => {
    expect(await csv('\uFEFFa,b\r\n1,2', '\uFEFFa,b\r\n3,4')).toBe('\uFEFFa,b\r\n1,2\r\n3,4\r\n');
    expect(await csv('a\n1', '\uFEFFa\n2')).toBe('a\n1\n2\n');
  });

  it('takes a part of no bytes for one without rows', async () => {
    expect(await csv('', 'a\n1\n', '')).toBe('a\n1\n');
    expect(await csv('')).toBe('');
  });

  it('takes a quote in the middle of an unquoted value for a character', async () => {
    const glue = new CsvGlue([]);
    expect(await glued(glue, ['size\n5" screen\n7"', 'size\n6"\n'])).toBe('size\n5" screen\n7"\n6"\n');
    expect(glue.rows).toBe(3);
  });

  it.each([
    [['a,b\n1,2\n', 'b,a\n1,2\n'], 'another header'],
    [['a,b\n1,"2\n'], 'within quotes'],
    [['"a,b'], 'within its header'],
    [['a'.repeat(1_000_001)], 'no end of its header'],
  ])('refuses parts that are not whole or not of one export: %#', async (parts, reason) => {
    await expect(csv(...parts)).rejects.toMatchObject({
      code: 'vendor.broken',
      message: expect.stringContaining(reason),
    });
  });

  it.each(['a,b\n1,2\n', '\uFEFFa,b', '"b","A"\r\n"1","2"', ' B , more, a\n'])(
    'takes the columns asked for, in any order, case and quoting: %j',
    async (part) => {
      expect(await glued(new CsvGlue(['a', 'b']), [part])).toContain(part.trimEnd());
    },
  );

  it.each(['<html>maintenance a,b</html>', 'a\n1\n', '<html>\n<p>a,b</p>\n', '\n', 'The export has failed.'])(
    'does not take for an export what has other columns than those asked for: %j',
    async (part) => {
      await expect(glued(new CsvGlue(['a', 'b']), [part])).rejects.toMatchObject({
        code: 'vendor.broken',
        message: expect.stringContaining('names of the fields'),
      });
    },
  );

  it('makes, of any rows in any parts cut anywhere, the file with these rows', async () => {
    const value = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', 'é', '😀', ' ') });
    const row = fc.tuple(value, value);
    const part = fc.record({ rows: fc.array(row, { maxLength: 4 }), ended: fc.boolean(), marked: fc.boolean() });
    const line = (cells: readonly string[]): string => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), sizes, async (parts, cuts) => {
        const texts = parts.map(({ rows, ended, marked }) => {
          const lines = ['"h\n1",h2', ...rows.map(line)].join('\n');
          return `${marked ? '\uFEFF' : ''}${lines}${ended ? '\n' : ''}`;
        });
        const glue = new CsvGlue([]);
        const text = await glued(glue, texts, cuts);
        const expected = parts.flatMap(({ rows }) => rows.map((cells) => [...cells]));
        expect(parse(text, { bom: true })).toEqual([['h\n1', 'h2'], ...expected]);
        expect(glue.rows).toBe(expected.length);
        expect(text.endsWith('\n')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('gluing JSON parts', () => {
  const json = (...parts: string[]): Promise<string> => glued(new JsonGlue(), parts);

  it('joins the rows of all parts, byte for byte', async () => {
    const first = '{"data":[{"id":"1","id":"1","n":12345678901234567890}, {"id":"2"}]}';
    expect(await json(first, '{ "data" : [ ] }\n', '{"data":[{"id":"3"}\n]}')).toBe(
      '{"data":[{"id":"1","id":"1","n":12345678901234567890}, {"id":"2"},{"id":"3"}]}',
    );
  });

  it('makes a document of parts without rows', async () => {
    expect(await json('{"data":[]}', '{"data":[]}')).toBe('{"data":[]}');
    expect(await json()).toBe('{"data":[]}');
  });

  it.each([
    '{"data":[{"id":"1"}',
    '{"data":[{"id":"1',
    '{"data":[{"id":"1"}]',
    '{"data":[{"id":"1"},]}',
    '{"data":[{"id":"1"} {"id":"2"}]}',
    '{"data":[1]}',
    '{"data":[{"id":"1"}]}}',
    '{"rows":[]}',
    '[]',
    '',
  ])('refuses %s', async (part) => {
    await expect(json(part)).rejects.toMatchObject({ code: 'vendor.broken' });
  });

  it('makes, of any rows in any parts cut anywhere, the document with these rows', async () => {
    const row = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }));
    const part = fc.record({ rows: fc.array(row, { maxLength: 4 }), indent: fc.integer({ min: 0, max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 4 }), sizes, async (parts, cuts) => {
        const texts = parts.map(({ rows, indent }) => JSON.stringify({ data: rows }, null, indent));
        const glue = new JsonGlue();
        const expected = parts.flatMap(({ rows }) => rows);
        const text = await glued(glue, texts, cuts);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ data: expected })));
        expect(glue.rows).toBe(expected.length);
      }),
      { numRuns: 300 },
    );
  });

  it('finds every place where a part can break off', async () => {
    const whole = JSON.stringify({ data: [{ id: 'a\\"]}', list: [1, { b: ']' }] }, { id: '2' }] });
    for (let length = 0; length < whole.length; length += 1) {
      await expect(json(whole.slice(0, length))).rejects.toMatchObject({ code: 'vendor.broken' });
    }
  });
});
