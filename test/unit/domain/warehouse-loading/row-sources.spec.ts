import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PenstockError } from '../../../../src/domain/errors.js';
import { CsvRows } from '../../../../src/domain/warehouse-loading/csv-rows.js';
import { dwhTable } from '../../../../src/domain/warehouse-loading/dwh-tables.js';
import { idRanges, IdRuns, idsOf } from '../../../../src/domain/warehouse-loading/id-runs.js';
import { NdjsonRows } from '../../../../src/domain/warehouse-loading/ndjson-rows.js';
import { type RowChunk, rowChunks } from '../../../../src/domain/warehouse-loading/row-chunks.js';
import { MAX_ROW_FAULTS } from '../../../../src/domain/warehouse-loading/row-reader.js';
import { stringify } from 'csv-stringify/sync';

const TABLE = dwhTable('user-locations');

async function* pieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

const failureOf = (work: Promise<unknown>): Promise<PenstockError> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error: PenstockError) => error,
  );

describe('NdjsonRows', () => {
  it('gives a value for each line, wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 40 }), async (values, size) => {
        const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
        const expected = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        expect(await all(new NdjsonRows(pieces(text, size), 100_000))).toEqual(expected);
      }),
    );
  });

  it('bears a byte order mark, carriage returns, empty lines and a missing last line feed', async () => {
    const rows = new NdjsonRows(pieces('\uFEFF{"a":1}\r\n\r\n\n2\n \n3', 7), 1000);
    expect(await all(rows)).toEqual([{ a: 1 }, 2, 3]);
    expect([0, 1, 2].map(rows.place)).toEqual(['line.1', 'line.4', 'line.6']);
  });

  it.each([
    ['1\n{\n', 'line.2', 'JSON'],
    ['1\n\n"' + 'x'.repeat(2000), 'line.3', 'longer'],
    [Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]), 'line.2', 'UTF-8'],
    ['\n'.repeat(20_000), 'line.10001', 'empty'],
  ])('refuses %j', async (text, path, message) => {
    const error = await failureOf(all(new NdjsonRows(pieces(text, 1000), 1500)));
    expect(error).toMatchObject({
      code: 'rows.rejected',
      faults: [{ path, message: expect.stringContaining(message) }],
    });
  });

  it('takes a replacement character for what it is', async () => {
    expect(await all(new NdjsonRows(pieces('"\uFFFD"', 100), 100))).toEqual(['\uFFFD']);
  });
});

describe('CsvRows', () => {
  it('reads what csv-stringify writes, wherever the bytes are cut', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\r', '\n', ' ', '') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell)), fc.integer({ min: 1, max: 9 }), async (records, size) => {
        const text = stringify([['uuid', 'city'], ...records], { record_delimiter: '\r\n', quoted_match: /^$|[\r\n]/ });
        const expected = records.map(([uuid, city]) => ({ uuid, city }));
        expect(await all(new CsvRows(pieces(text, size), TABLE, 10_000))).toEqual(expected);
      }),
    );
  });

  it('ends records at any line end, and takes quotes within a cell that begins with none for text', async () => {
    const text = 'uuid,city\r1,"a"\r\n2,b"c\n3,"d"\r4,"e""f"';
    for (const size of [1, 2, 100]) {
      expect(await all(new CsvRows(pieces(text, size), TABLE, 1000))).toEqual([
        { uuid: '1', city: 'a' },
        { uuid: '2', city: 'b"c' },
        { uuid: '3', city: 'd' },
        { uuid: '4', city: 'e"f' },
      ]);
    }
  });

  it('tells nothing from an empty text, and JSON from text', async () => {
    const text = '\uFEFFuuid,groups_json,library\n1,"{""a"":[1]}",""\r\n2,,x\n\n3,"""t""",';
    expect(await all(new CsvRows(pieces(text, 3), dwhTable('technical-data'), 1000))).toEqual([
      { uuid: '1', groups_json: { a: [1] }, library: '' },
      { uuid: '2', groups_json: null, library: 'x' },
      { uuid: '3', groups_json: 't', library: null },
    ]);
  });

  it.each([
    ['uuid,city\n1,2\n1\n', 'record.2', 'cells'],
    ['uuid,city\n1,"2', 'record.1', 'open'],
    ['uuid,city\n1,"2"\n3,"Lyon"xc4,Evil\n', 'record.2', 'behind a closing quote'],
    ['uuid,city\n1,"Lyon"x', 'record.1', 'behind a closing quote'],
    ['uuid,city,city\n1,2,3\n', 'header', '"city" twice'],
    ['uuid,"city" \n1,2\n', 'header', 'behind a closing quote'],
    ['uuid,city\n1,"' + 'x'.repeat(2000), 'record.1', 'longer'],
    [Buffer.from([0x75, 0x0a, 0xff, 0x0a]), 'record.1', 'UTF-8'],
  ])('refuses %j', async (text, path, message) => {
    const error = await failureOf(all(new CsvRows(pieces(text, 100), TABLE, 1000)));
    expect(error).toMatchObject({
      code: 'rows.rejected',
      faults: [{ path, message: expect.stringContaining(message) }],
    });
  });
});

describe('rowChunks', () => {
  async function* rowsOf(rows: Iterable<unknown>): AsyncGenerator {
    yield* rows;
  }
  const chunksOf = (
    rows: Iterable<unknown>,
    maxRowsPerInsert: number,
    maxWriteBatchBytes: number,
  ): Promise<RowChunk[]> => all(rowChunks(TABLE, rowsOf(rows), { maxRowsPerInsert, maxWriteBatchBytes }));

  it('keeps to rows and bytes, loses none, and has no smaller chunk than it must', async () => {
    const row = fc.string({ maxLength: 50 }).map((city) => ({ uuid: 'u', city: city.replaceAll('\0', '') }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 300, max: 600 }),
        async (rows, most, bytes) => {
          const chunks = await chunksOf(rows, most, bytes);
          expect(chunks.flatMap((chunk) => chunk.rows.map(([, , , city]) => city))).toEqual(
            rows.map(({ city }) => city),
          );
          let first = 0;
          for (const [at, chunk] of chunks.entries()) {
            expect(chunk.first).toBe(first);
            first += chunk.rows.length;
            expect(chunk.rows.length).toBeLessThanOrEqual(most);
            expect(chunk.bytes).toBeLessThanOrEqual(bytes);
            const next = chunks[at + 1];
            if (next === undefined) continue;
            const added = Buffer.byteLength(next.lines[0]!) + 22;
            expect(chunk.rows.length === most || chunk.bytes + added > bytes).toBe(true);
          }
        },
      ),
    );
  });

  it('tells how many rows are known to follow a chunk, where they come many at a time', async () => {
    const batch = Array.from({ length: 5 }, (_, n) => ({ uuid: `u-${n}` }));
    const source = {
      [Symbol.asyncIterator]: () => rowsOf([...batch, ...batch]),
      async *batches() {
        yield batch;
        yield batch;
      },
    };
    const chunks = await all(rowChunks(TABLE, source, { maxRowsPerInsert: 2, maxWriteBatchBytes: 1000 }));
    expect(chunks.map(({ rows, following }) => [rows.length, following])).toEqual([
      [2, 3],
      [2, 1],
      [2, 4],
      [2, 2],
      [2, 0],
    ]);
  });

  it('tells faults of many rows at once, and ends looking for more', async () => {
    let read = 0;
    function* endless(): Generator {
      for (; ; read += 1) yield read === 5 ? { uuid: 1.5 } : { uuid: 'x' };
    }
    const error = await failureOf(chunksOf(endless(), 2, 1000));
    expect(error.faults).toEqual([{ path: 'data.5.uuid', message: expect.any(String) }]);
    expect(read).toBeLessThan(20_000);
    const many = await failureOf(
      chunksOf(
        Array.from({ length: 500 }, () => ({})),
        10,
        1000,
      ),
    );
    expect(many.faults).toHaveLength(MAX_ROW_FAULTS);
  });

  it('tells no more faults of one row than of many', async () => {
    const row = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`unknown ${n}`, n]));
    const { code, faults } = await failureOf(chunksOf([{ uuid: 'u' }, row], 10, 1000));
    expect([code, faults?.length]).toEqual(['rows.rejected', MAX_ROW_FAULTS]);
  });
});

describe('IdRuns', () => {
  it('hold every id and every gap, in order', () => {
    const id = fc.option(fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(id), (ids) => {
        const runs = new IdRuns(1000);
        for (const each of ids) runs.add(each, 1);
        expect(idsOf(runs.list!)).toEqual(ids);
        const ranged = idRanges(runs.list!).flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, n) => first + n),
        );
        expect(ranged).toEqual(ids.filter((each) => each !== null));
      }),
    );
  });

  it('give up beyond their limit', () => {
    const runs = new IdRuns(2);
    runs.add(1, 5);
    runs.add(6, 5);
    runs.add(null, 1);
    expect(runs.list).toEqual([
      [1, 10],
      [null, 1],
    ]);
    runs.add(20, 1);
    expect(runs.list).toBeUndefined();
  });
});
