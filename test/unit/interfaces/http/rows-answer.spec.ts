import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { parse } from 'csv-parse/sync';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answerRows, rowFormat, type RowFormat, textChunks } from '../../../../src/interfaces/http/rows-answer.js';

type Row = Record<string, unknown>;

async function* rowsOf(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

async function textOf(format: RowFormat, rows: readonly Row[], columns = ['a', 'b']): Promise<string> {
  let text = '';
  for await (const chunk of textChunks({ format, columns, rows: rowsOf(rows) })) text += chunk.toString();
  return text;
}

describe('rowFormat', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; header=present', 'csv'],
    ['application/x-ndjson', 'ndjson'],
    ['application/jsonl', 'ndjson'],
    ['text/*', 'csv'],
    ['text/csv;q=0.5, application/json;q=0.4', 'csv'],
    ['text/csv;q=0.5, application/json', 'json'],
    ['text/csv, */*', 'json'],
    ['text/csv, */*;q=0.1', 'csv'],
    ['application/json;q=0, */*', 'ndjson'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'json'],
    ['image/png', 'json'],
    ['text/csv;q=nonsense', 'json'],
  ])('reads %j as %s', (accept, format) => {
    expect(rowFormat(accept)).toBe(format);
  });
});

describe('textChunks', () => {
  it('writes JSON as one array, whatever the number of rows', async () => {
    for (const count of [0, 1, 2, 1203]) {
      const rows = Array.from({ length: count }, (_, a) => ({ a, b: 'x' }));
      expect(JSON.parse(await textOf('json', rows))).toEqual(rows);
    }
  });

  it('writes NDJSON as an object a line', async () => {
    expect(await textOf('ndjson', [{ a: 1, b: 'x\ny' }, { a: null }])).toBe('{"a":1,"b":"x\\ny"}\n{"a":null}\n');
    expect(await textOf('ndjson', [])).toBe('');
  });

  it('writes a CSV that others read back as it was, and nothing but a header for no rows', async () => {
    const texts = ['', ' ', 'a,b', 'say "hi"', 'two\r\nlines', 'lone\nfeed', 'lone\rreturn', "=1+1'", 'é€😀', '"'];
    const rows = texts.map((b, a) => ({ a, b }));
    const text = await textOf('csv', rows);
    const read = parse(text, { record_delimiter: '\r\n', columns: true }) as Row[];
    expect(read).toEqual(rows.map(({ a, b }) => ({ a: String(a), b })));
    expect(await textOf('csv', [])).toBe('a,b\r\n');
  });

  it('tells null from an empty text in a CSV, and writes the values of JSON as JSON does', async () => {
    const rows = [{ a: null, b: '' }, { b: true }, { a: { x: [1] }, b: -0.5 }];
    expect(await textOf('csv', rows)).toBe('a,b\r\n,""\r\n,true\r\n"{""x"":[1]}",-0.5\r\n');
    expect(await textOf('csv', [{ a: null }], ['a'])).toBe('a\r\n""\r\n');
  });

  it('writes the texts of JSON columns as JSON', async () => {
    const rows = rowsOf([
      { a: 'x', b: 'x' },
      { a: null, b: { c: 1 } },
    ]);
    let text = '';
    for await (const chunk of textChunks({ format: 'csv', columns: ['a', 'b'], jsonColumns: ['b'], rows }))
      text += String(chunk);
    expect(text).toBe('a,b\r\nx,"""x"""\r\n,"{""c"":1}"\r\n');
  });

  it('takes names with dots for names', async () => {
    expect(await textOf('csv', [{ 'a.b': 1, a: { b: 2 } }], ['a.b'])).toBe('a.b\r\n1\r\n');
  });

  it('hands the first row on before the second is there', async () => {
    async function* slow(): AsyncGenerator<Row> {
      yield { a: 1 };
      await new Promise(() => undefined);
    }
    const { value } = await textChunks({ format: 'ndjson', columns: [], rows: slow() }).next();
    expect(value?.toString()).toBe('{"a":1}\n');
  });

  it('gathers small rows and never many large ones', async () => {
    const sizes = async (length: number): Promise<number[]> => {
      const rows = Array.from({ length: 300 }, () => ({ a: 'x'.repeat(length) }));
      const found: number[] = [];
      for await (const chunk of textChunks({ format: 'ndjson', columns: [], rows: rowsOf(rows) }))
        found.push(chunk.length);
      return found;
    };
    expect((await sizes(10)).length).toBeLessThan(5);
    expect(Math.max(...(await sizes(100_000)))).toBeLessThan(200_000);
  });

  it.each(['json', 'ndjson', 'csv'] as const)('gathers few rows as %s where small ones grow large', async (format) => {
    const long = 'x'.repeat(100_000);
    const rows = Array.from({ length: 3000 }, (_, a) => ({ a: a < 2000 ? '' : long, b: a < 2500 ? {} : [long] }));
    let longest = 0;
    const answer = { format, columns: ['a', 'b'], jsonColumns: ['b'], rows: rowsOf(rows) };
    for await (const chunk of textChunks(answer)) longest = Math.max(longest, chunk.length);
    expect(longest).toBeLessThan(400_000);
  });
});

describe('answerRows', () => {
  let app: FastifyInstance | undefined;
  beforeAll(() => Logger.overrideLogger(false));
  afterEach(() => app?.close());

  async function serve(rows: () => AsyncIterable<Row>): Promise<string> {
    app = Fastify();
    app.get('/rows', async (request, reply) => {
      await answerRows(reply, { format: rowFormat(request.headers.accept), columns: ['a'], rows: rows(), name: 'a"b' });
      return reply;
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/rows`;
  }

  it('says what it answers', async () => {
    const url = await serve(() => rowsOf([{ a: 1 }]));
    const { headers } = await fetch(url, { headers: { accept: 'text/csv' } });
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toBe('attachment; filename="a_b.csv"');
    expect(headers.get('vary')).toBe('accept');
    expect(await (await fetch(url)).json()).toEqual([{ a: 1 }]);
  });

  it('throws what fails before the first row', async () => {
    const failing = rowsOf([]);
    failing.next = () => Promise.reject(Object.assign(new Error('early'), { statusCode: 418 }));
    const url = await serve(() => failing);
    expect((await fetch(url)).status).toBe(418);
  });

  it('cuts the connection when it fails later', async () => {
    const url = await serve(async function* failing(): AsyncGenerator<Row> {
      yield { a: 1 };
      await sleep(20);
      throw new Error('late');
    });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('goes at the pace of the client, and ends the rows when it leaves', async () => {
    let made = 0;
    let isEnded = (): void => undefined;
    const end = new Promise<void>((resolve) => (isEnded = resolve));
    const url = await serve(async function* endless(): AsyncGenerator<Row> {
      try {
        for (;;) {
          made += 1;
          yield { a: 'x'.repeat(10_000) };
        }
      } finally {
        isEnded();
      }
    });
    const request = get(url);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    for (let before = -1; before !== made; await sleep(100)) before = made;
    expect(made).toBeLessThan(10_000);
    request.destroy();
    await end;
  });
});
