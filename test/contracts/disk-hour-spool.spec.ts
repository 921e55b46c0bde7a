import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hourText, parseHour } from '../../src/domain/warehouse-loading/amplitude/export-hour.js';
import { readRange } from '../../src/domain/warehouse-loading/amplitude/export-range.js';
import { weeksOf } from '../../src/domain/warehouse-loading/amplitude/iso-week.js';
import { event, ndjson } from '../support/amplitude-server.js';
import { AmplitudeWorld } from '../support/amplitude-world.js';
import { readZip } from '../support/read-zip.js';

let world: AmplitudeWorld;
beforeEach(async () => {
  world = await AmplitudeWorld.open();
});
afterEach(() => world.close());

const HOUR_MS = 3_600_000;
const ONE = ['20240201T05', '20240201T05'] as const;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const lines = (text: Buffer | undefined): string[] => String(text).split('\n').slice(0, -1);
const hoursFolder = (): string => join(world.folder, 'hours', world.vendor().project('web'));
const keptHours = async (range: readonly [string, string]): Promise<string[]> =>
  [...(await world.spool().kept(world.vendor().project('web'), readRange(...range)))].map(hourText);

describe('the archive of a week', () => {
  it('holds the lines as they came, by hour and part, and a manifest that describes them', async () => {
    const parts = Array.from({ length: 11 }, (_, part) => [event(100 + part)]);
    world.server.put('20240201T04', [event(1), event(2)]).put('20240201T05', ...parts);
    const { entries, manifest } = await world.export('20240201T03', '20240201T06');
    expect([...entries.keys()]).toEqual(['2024_week_05.ndjson', 'manifest.json']);
    const file = entries.get('2024_week_05.ndjson')!;
    expect(String(file)).toBe(ndjson([event(1), event(2), ...parts.flat()]));
    expect(manifest).toEqual({
      source: 'web',
      iso_week: '2024_week_05',
      start: '20240201T03',
      end: '20240201T06',
      file: '2024_week_05.ndjson',
      bytes: file.length,
      sha256: sha256(file),
      events: 13,
      dropped_duplicates: { total: 0, uuid: 0, insert_id: 0 },
      events_without_id: 0,
      unreadable_lines: 0,
      empty_hours: ['20240201T03', '20240201T06'],
      provisional_hours: [],
      hours: [
        { hour: '20240201T04', events: 2, dropped_duplicates: 0 },
        { hour: '20240201T05', events: 11, dropped_duplicates: 0 },
      ],
    });
  });

  it('is the same, byte for byte, however often and in however many requests it is made', async () => {
    for (const hour of [1, 5, 9, 22])
      world.server.put(`20240201T${String(hour).padStart(2, '0')}`, [event(hour), event(1)]);
    const first = await world.export('20240201', '20240201');
    const again = await world.export('20240201', '20240201');
    const other = await AmplitudeWorld.open();
    try {
      other.windowHours = 1;
      for (const hour of [1, 5, 9, 22])
        other.server.put(`20240201T${String(hour).padStart(2, '0')}`, [event(hour), event(1)]);
      const elsewhere = await other.export('20240201', '20240201');
      expect([sha256(again.bytes), sha256(elsewhere.bytes)]).toEqual([sha256(first.bytes), sha256(first.bytes)]);
    } finally {
      await other.close();
    }
  });

  it('puts a newline where a file ends without one, and leaves odd lines as they are', async () => {
    const odd = ['{"uuid":"a"}', 'no json', '[1]', '{"no":"id"}'];
    world.server.put('20240201T05', gzipSync(odd.join('\n')), gzipSync('{"uuid":"b"}'), [event(1)]);
    const { entries, manifest } = await world.export(...ONE);
    expect(lines(entries.get('2024_week_05.ndjson'))).toEqual([...odd, '{"uuid":"b"}', JSON.stringify(event(1))]);
    expect(manifest).toMatchObject({ events: 6, unreadable_lines: 2, events_without_id: 3 });
  });

  it('takes files of several members, with padding behind, of any compression, and lines that reach over pieces', async () => {
    const long = event(3, { text: 'é'.repeat(400_000) });
    const members = Buffer.concat([
      gzipSync(ndjson([event(1)])),
      gzipSync('{"half":', { level: 0 }),
      gzipSync('true}\n', { level: 9 }),
    ]);
    world.server.put('20240201T05', members, Buffer.concat([gzipSync(ndjson([long, event(4)])), Buffer.alloc(100)]));
    const { entries } = await world.export(...ONE);
    expect(lines(entries.get('2024_week_05.ndjson'))).toEqual(
      [event(1), { half: true }, long, event(4)].map((each) => JSON.stringify(each)),
    );
  });

  it.each([
    ['stored', false],
    ['deflated', true],
  ])(
    'takes files that are too large for memory, %s in the answer, with and without a duplicate',
    async (_how, deflates) => {
      world.server.deflates = deflates;
      const noise = Array.from({ length: 60 }, (_, n) => event(n, { noise: randomBytes(60_000).toString('base64') }));
      const even = Array.from({ length: 80 }, (_, n) => event(100 + n, { text: 'x'.repeat(60_000) }));
      world.server
        .put('20240201T04', noise)
        .put('20240201T05', even, [event(300)])
        .put('20240201T06', [noise[7]!]);
      world.server.put('20240201T07', [...noise.slice(3, 5), ...even.slice(1), event(301), ...noise]);
      const { entries, manifest } = await world.export('20240201T04', '20240201T07');
      const file = entries.get('2024_week_05.ndjson')!;
      expect(file.equals(Buffer.from(ndjson([...noise, ...even, event(300), event(301)])))).toBe(true);
      expect(manifest).toMatchObject({ bytes: file.length, sha256: sha256(file), events: 142 });
      expect(manifest['dropped_duplicates']).toMatchObject({ total: 1 + 2 + 79 + 60 });
    },
  );

  it.each([255, 256, 512])(
    'takes an hour of %i events, whatever is left of their ids in the last digests',
    async (count) => {
      world.server.put(
        '20240201T05',
        Array.from({ length: count }, (_, n) => event(n)),
      );
      expect((await world.export(...ONE)).manifest['events']).toBe(count);
    },
  );

  it.each([
    ['at once', 5 * 1024],
    ['with one that is dropped', 5 * 1024 + 1],
  ])('takes lines that end where pieces of them do, and tells their events, %s', async (_, count) => {
    const line = (n: number): string => JSON.stringify(event(n % (5 * 1024))).padEnd(1023);
    world.server.put(
      '20240201T05',
      Array.from({ length: count }, (_each, n) => line(n)),
    );
    const opened = await world.gather(...ONE);
    const told: unknown[] = [];
    for await (const each of opened.events(parseHour('20240201T05', 0)!, new AbortController().signal)) told.push(each);
    expect(told).toHaveLength(5 * 1024);
    const { entries } = await world.export(...ONE);
    expect(lines(entries.get('2024_week_05.ndjson'))).toHaveLength(5 * 1024);
  });

  it('of an hour without events holds an empty file', async () => {
    const { entries, manifest } = await world.export(...ONE);
    expect(entries.get('2024_week_05.ndjson')).toHaveLength(0);
    expect(manifest).toMatchObject({ events: 0, bytes: 0, empty_hours: ['20240201T05'] });
  });
});

it('of several weeks there is an archive of each inside one zip, with the sums of both', async () => {
  world.server.put('20241229T23', [event(1)]).put('20241230T00', [event(2), event(1)]);
  const { entries, manifest } = await world.export('20241229', '20241230');
  expect([...entries.keys()]).toEqual(['2024_week_52.zip', '2025_week_01.zip', 'manifest.json']);
  const [last, first] = await Promise.all([...entries.values()].slice(0, 2).map(readZip));
  expect(lines(last!.get('2024_week_52.ndjson'))).toEqual([JSON.stringify(event(1))]);
  expect(lines(first!.get('2025_week_01.ndjson'))).toEqual([JSON.stringify(event(2))]);
  expect(manifest).toMatchObject({
    events: 2,
    dropped_duplicates: { total: 1, uuid: 1, insert_id: 0 },
    archives: [...entries].slice(0, 2).map(([file, bytes]) => ({ file, bytes: bytes.length, sha256: sha256(bytes) })),
  });
});

describe('duplicates', () => {
  it('by uuid, and by $insert_id on the same device, are dropped across all hours; the first stays', async () => {
    const events = {
      first: { uuid: 'u1', $insert_id: 'i1', device_id: 'd1', n: 1 },
      sameUuid: { uuid: 'u1', $insert_id: 'i2', device_id: 'd1', n: 2 },
      sameInsertId: { uuid: 'u3', $insert_id: 'i1', device_id: 'd1', n: 3 },
      otherDevice: { uuid: 'u4', $insert_id: 'i1', device_id: 'd2', n: 4 },
      withoutIds: { n: 5 },
      nulls: { uuid: null, $insert_id: null, n: 6 },
    };
    world.server
      .put('20240201T05', [events.first, events.withoutIds, events.nulls, events.sameUuid])
      .put('20240203T07', [events.sameInsertId, events.otherDevice, events.withoutIds, events.first]);
    const { entries, manifest } = await world.export('20240201', '20240203');
    const { first, withoutIds, nulls, otherDevice } = events;
    expect(lines(entries.get('2024_week_05.ndjson')).map((line) => JSON.parse(line) as unknown)).toEqual([
      first,
      withoutIds,
      nulls,
      otherDevice,
      withoutIds,
    ]);
    expect(manifest).toMatchObject({
      events: 5,
      dropped_duplicates: { total: 3, uuid: 2, insert_id: 1 },
      events_without_id: 3,
      hours: [
        { hour: '20240201T05', events: 3, dropped_duplicates: 1 },
        { hour: '20240203T07', events: 2, dropped_duplicates: 2 },
      ],
    });
  });

  it('leave an hour that has nothing else without lines, which is no empty hour', async () => {
    world.server.put('20240201T05', [event(1)]).put('20240201T06', [event(1)]);
    const { manifest } = await world.export('20240201T05', '20240201T06');
    expect(manifest).toMatchObject({ events: 1, empty_hours: [] });
  });
});

describe.each([
  ['stored', false],
  ['deflated', true],
])('an answer with files that are %s, damaged', (_how, deflates) => {
  const flip =
    (at: (zip: Buffer) => number) =>
    (zip: Buffer): Buffer => {
      const damaged = Buffer.from(zip);
      damaged[at(zip)]! ^= 0x10;
      return damaged;
    };
  const damages: [string, (zip: Buffer) => Buffer][] = [
    ['in the data of a file', flip((zip) => zip.indexOf('.json.gz') + 60)],
    ['at its end', (zip) => zip.subarray(0, -30)],
    ['by being a page of HTML', () => Buffer.from('<html>Log in</html>')],
    ['by being empty', () => Buffer.alloc(0)],
    ['in the list of its files', flip((zip) => zip.lastIndexOf('PK\x01\x02'))],
  ];

  beforeEach(() => {
    world.server.deflates = deflates;
    world.server.put(
      '20240201T05',
      Array.from({ length: 50 }, (_, n) => event(n)),
    );
  });

  it.each(damages)('%s is asked for again, and never passed on', async (_, damage) => {
    world.server.mishap = (_window, tries) => (tries === 1 ? { damage } : undefined);
    expect((await world.export(...ONE)).manifest['events']).toBe(50);
    expect(world.server.asked).toHaveLength(2);
  });

  it.each(damages)('%s each time fails, naming the hour, and keeps nothing', async (_, damage) => {
    world.server.mishap = () => ({ damage });
    await expect(world.gather(...ONE)).rejects.toMatchObject({
      code: 'vendor.broken',
      message: expect.stringContaining('20240201T05'),
    });
    expect(await keptHours(ONE)).toEqual([]);
    expect(await readdir(join(world.folder, 'incoming'))).toEqual([]);
  });

  it('in the compressed file itself, whose archive is right, is noticed as well', async () => {
    const good = gzipSync(ndjson([event(1), event(2)]));
    for (const at of [20, good.length - 6, good.length - 2]) {
      const bad = Buffer.from(good);
      bad[at]! ^= 1;
      world.server.put('20240201T05', bad);
      await expect(world.gather(...ONE)).rejects.toMatchObject({ code: 'vendor.broken' });
    }
    for (const bad of [good.subarray(0, -5), Buffer.alloc(0)]) {
      world.server.put('20240201T05', bad);
      await expect(world.gather(...ONE)).rejects.toMatchObject({ code: 'vendor.broken' });
    }
  });

  it.each([{ cutAt: 300 }, { hangAt: 300 }])(
    'by ending in the middle of it (%j) is asked for again',
    async (mishap) => {
      world.vendorOptions = { ...world.vendorOptions, idleTimeoutMs: 300 };
      world.server.mishap = (_window, tries) => (tries === 1 ? mishap : undefined);
      expect((await world.export(...ONE)).manifest['events']).toBe(50);
    },
  );
});

describe('a week with one broken hour', () => {
  const WEEK = ['20240129', '20240204'] as const;
  const broken = parseHour('20240131T13', 0)!;
  const good = gzipSync(ndjson([event(500)]));

  beforeEach(() => {
    for (const [n, hour] of Array.from(
      { length: 168 },
      (_, each) => [each, hourText(parseHour('20240129', 0)! + each)] as const,
    )) {
      world.server.put(hour, [event(n)]);
    }
    world.server.put(hourText(broken), good.subarray(0, -4));
  });

  it('fails naming it, keeps all others, asks for it alone the next time, and is whole then', async () => {
    await expect(world.gather(...WEEK)).rejects.toMatchObject({
      code: 'vendor.broken',
      message: expect.stringContaining('20240131T13'),
    });
    const kept = await keptHours(WEEK);
    expect(kept).not.toContain('20240131T13');
    // What had not begun by then is not begun any more.
    expect(kept.length).toBeGreaterThanOrEqual(95);
    await expect(world.gather(...WEEK)).rejects.toMatchObject({ code: 'vendor.broken' });
    world.server.put(hourText(broken), good);
    await world.gather(...WEEK);
    const { manifest } = await world.export(...WEEK);
    expect(manifest).toMatchObject({ iso_week: '2024_week_05', events: 168, empty_hours: [] });
    const askedWhole = world.server.asked.filter(({ first, last }) => last - first === 23);
    expect(new Set(askedWhole.map(({ text }) => text)).size).toBe(askedWhole.length);
  });
});

describe('files whose names tell no hour', () => {
  it('are asked for hour by hour, where everything belongs to the hour', async () => {
    world.server.entryName = (_hour, part) => `export/${part}.gz`;
    world.server.put('20240201T02', [event(1)]).put('20240201T03', [event(2)]);
    const { manifest } = await world.export('20240201T02', '20240201T03');
    expect(manifest).toMatchObject({ hours: [{ hour: '20240201T02' }, { hour: '20240201T03' }] });
    expect(world.server.askedTexts).toEqual(['20240201T02-20240201T03 200', '20240201T02 200', '20240201T03 200']);
  });
});

describe('hours that are not over', () => {
  it('are passed on as provisional and asked for again, until their events are promised; what is to come is not asked for', async () => {
    const now = Math.floor(Date.now() / HOUR_MS);
    const [start, end] = [hourText(now - 4), hourText(now + 1)];
    for (const hour of [now - 4, now - 1]) world.server.put(hourText(hour), [event(hour)]);
    const { entries, manifest } = await firstWeekOf(start, end);
    expect([entries, manifest['provisional_hours']]).toEqual([2, [-2, -1, 0, 1].map((each) => hourText(now + each))]);
    expect(world.server.asked.every(({ last }) => last <= now)).toBe(true);
    world.server.asked.length = 0;
    world.server.put(hourText(now - 1), [event(1), event(2)]);
    expect((await firstWeekOf(start, end)).entries).toBe(3);
    expect(world.server.asked.every(({ first }) => first >= now - 2)).toBe(true);
    world.clock.aheadMs = 5 * HOUR_MS;
    await world.gather(start, end);
    world.server.asked.length = 0;
    await world.gather(start, end);
    expect(world.server.asked).toEqual([]);
  });

  /** Of one week or, at its turn, of two. */
  async function firstWeekOf(
    start: string,
    end: string,
  ): Promise<{ entries: number; manifest: Record<string, unknown> }> {
    const { manifest } = await world.export(start, end);
    return { entries: Number(manifest['events']), manifest };
  }
});

describe('the disk', () => {
  it('is shared by all exports: hours of another range, or another process, are not asked for again', async () => {
    world.server.put('20240201T05', [event(1)]);
    await world.gather('20240201T00', '20240201T11');
    world.server.asked.length = 0;
    await Promise.all([world.gather('20240201T05', '20240201T05'), world.gather('20240201T04', '20240201T12')]);
    expect(world.server.askedTexts).toEqual(['20240201T12 404']);
  });

  it.each([
    ['cut off', (file: string) => truncate(file, 20)],
    [
      'changed',
      async (file: string) => {
        const bytes = await readFile(file);
        bytes[40]! ^= 1;
        await writeFile(file, bytes);
      },
    ],
    ['gone', (file: string) => rm(file)],
  ] as const)(
    'is not believed: a file that is %s ends the archive with an error, and is downloaded again',
    async (_, damage) => {
      // Held in memory as a whole, or in pieces.
      for (const more of [{}, { text: 'x'.repeat(120_000) }]) {
        world.server.put(
          '20240201T05',
          Array.from({ length: 50 }, (_each, n) => event(n, more)),
        );
        const exported = { source: 'web', ...readRange(...ONE) } as const;
        const opened = await world.gather(...ONE);
        const [name = ''] = await readdir(hoursFolder());
        await damage(join(hoursFolder(), name));
        const read = async (): Promise<void> => {
          for await (const piece of opened.archive(exported, weeksOf(exported), new AbortController().signal))
            expect(piece).toBeDefined();
        };
        await expect(read()).rejects.toMatchObject({ code: 'export.damaged' });
        expect((await world.export(...ONE)).manifest['events']).toBe(50);
        expect(world.server.asked).toHaveLength(2);
        world.server.asked.length = 0;
        await rm(world.folder, { recursive: true });
      }
    },
  );

  it.each([
    ['lacks its end', async (path: string) => truncate(path, (await stat(path)).size - 1)],
    ['lacks its record', async (path: string) => truncate(path, (await stat(path)).size - 400)],
    ['has zeros behind its end', (path: string) => appendFile(path, Buffer.alloc(5000))],
    [
      'has other digests',
      async (path: string) => {
        const bytes = await readFile(path);
        const record = bytes.indexOf('{"fetchedAtMs"');
        await writeFile(path, bytes.fill(0, record - 20, record));
      },
    ],
  ])('throws away a file that %s, and asks for its hours again', async (_, damage) => {
    world.server.put('20240201T05', [event(1)]);
    await world.gather(...ONE);
    const [name = ''] = await readdir(hoursFolder());
    await damage(join(hoursFolder(), name));
    await expect(world.gather(...ONE)).rejects.toMatchObject({ code: 'export.damaged' });
    expect((await world.export(...ONE)).manifest['events']).toBe(1);
    expect(world.server.asked).toHaveLength(2);
  });

  it('does not read hours that an older version wrote, and throws them away', async () => {
    world.server.put('20240201T05', [event(1)]);
    await world.gather(...ONE);
    const [name = ''] = await readdir(hoursFolder());
    await rename(join(hoursFolder(), name), join(hoursFolder(), name.split('.').slice(1).join('.')));
    expect(await keptHours(ONE)).toEqual([]);
    await world.spool().sweep();
    expect(await readdir(hoursFolder())).toEqual([]);
    expect((await world.export(...ONE)).manifest['events']).toBe(1);
  });

  it('loses what was left half-done by a process that is gone, and nothing of one that lives', async () => {
    const incoming = join(world.folder, 'incoming');
    const dead = join(incoming, `${hostname()}-999999999-abcdef`);
    const alive = join(incoming, `${hostname()}-${process.pid}-abcdef`);
    for (const folder of [dead, alive]) {
      await mkdir(folder, { recursive: true });
      await appendFile(join(folder, 'answer.zip'), 'half');
    }
    await world.spool().sweep();
    expect(await readdir(incoming)).toEqual([`${hostname()}-${process.pid}-abcdef`]);
  });

  it('loses hours that were not used for too long, and the least recently used where there is too much', async () => {
    world.windowHours = 1;
    for (const hour of ['20240201T01', '20240201T02', '20240201T03']) world.server.put(hour, [event(1), event(2)]);
    await (await world.gather('20240201T01', '20240201T03')).close();
    const folders = (await readdir(hoursFolder())).sort();
    const used = async (index: number, hoursAgo: number): Promise<void> => {
      const at = new Date(Date.now() - hoursAgo * HOUR_MS);
      await utimes(join(hoursFolder(), folders[index]!), at, at);
    };
    await used(0, 100);
    await used(1, 10);
    await used(2, 5);
    await world.spool().sweep();
    expect(await readdir(hoursFolder())).toHaveLength(2);
    const { size } = await stat(join(hoursFolder(), folders[2]!));
    world.spoolLimits = { ...world.spoolLimits, maxBytes: size * 1.5 };
    await world.spool().sweep();
    expect(await readdir(hoursFolder())).toEqual([folders[2]]);
  });

  describe('with room for two days', () => {
    const DAYS = ['20240201', '20240202', '20240203'] as const;
    const noisy = (n: number) =>
      Array.from({ length: 50 }, (_, each) => event(100 * n + each, { noise: randomBytes(2000).toString('hex') }));
    const keptDays = async (): Promise<string[]> =>
      (await readdir(hoursFolder())).map((name) => name.split('.')[1]?.slice(0, 8) ?? '').sort();

    beforeEach(async () => {
      for (const [n, day] of DAYS.entries()) world.server.put(`${day}T05`, noisy(n));
      await world.export(DAYS[0], DAYS[0]);
      const [first = ''] = await readdir(hoursFolder());
      const { size } = await stat(join(hoursFolder(), first));
      world.spoolLimits = { ...world.spoolLimits, maxBytes: size * 2.5 };
    });

    it('makes room for a third by the one that was not used for longest, at once', async () => {
      await world.export(DAYS[1], DAYS[1]);
      const before = new Date(Date.now() - 5000);
      const [, second = ''] = (await readdir(hoursFolder())).sort();
      await utimes(join(hoursFolder(), second), before, before);
      await world.export(DAYS[2], DAYS[2]);
      expect(await keptDays()).toEqual([DAYS[0], DAYS[2]]);
    });

    it('leaves those that another process uses, and says so when nothing else is left', async () => {
      const reading = [await world.gather(DAYS[0], DAYS[0]), await world.gather(DAYS[1], DAYS[1])];
      await expect(world.gather(DAYS[2], DAYS[2])).rejects.toMatchObject({
        code: 'export.no-space',
        message: expect.stringMatching(/AMPLITUDE_SPOOL_BYTES are full of hours that exports are using: raise it/),
      });
      expect(await keptDays()).toEqual([DAYS[0], DAYS[1]]);
      await reading[0]!.close();
      await world.export(DAYS[2], DAYS[2]);
      expect(await keptDays()).toEqual([DAYS[1], DAYS[2]]);
    });

    it('does not let what is lost count as used: of a process that is gone, or not said to go on', async () => {
      await world.gather(DAYS[1], DAYS[1]);
      const using = join(world.folder, 'using');
      await writeFile(join(using, `${world.vendor().project('web')}.0.999999.${hostname()}-999999999-abcdef`), '');
      world.clock.aheadMs = HOUR_MS;
      await world.export(DAYS[2], DAYS[2]);
      expect(await keptDays()).toEqual([DAYS[1], DAYS[2]]);
      expect(await readdir(using)).toEqual([]);
    });

    it('fails an export that needs more by itself, and is free for the next one', async () => {
      await expect(world.gather(DAYS[0], DAYS[2])).rejects.toMatchObject({ code: 'export.no-space' });
      await world.export(DAYS[2], DAYS[2]);
      expect(await keptDays()).toContain(DAYS[2]);
    });
  });

  it('takes no more than it may', async () => {
    world.server.put(
      '20240201T05',
      Array.from({ length: 500 }, (_, n) => event(n, { noise: sha256(Buffer.from(String(n))) })),
    );
    world.spoolLimits = { ...world.spoolLimits, maxAnswerBytes: 10_000 };
    const tooLarge = (setting: string) => ({
      code: 'export.no-space',
      message: expect.stringContaining(`larger than the 10000 bytes of ${setting}: raise it`),
    });
    await expect(world.gather(...ONE)).rejects.toMatchObject(tooLarge('AMPLITUDE_MAX_ANSWER_BYTES'));
    world.spoolLimits = { ...world.spoolLimits, maxAnswerBytes: 1e9, maxBytes: 10_000 };
    await expect(world.gather(...ONE)).rejects.toMatchObject(tooLarge('AMPLITUDE_SPOOL_BYTES'));
    world.spoolLimits = { ...world.spoolLimits, maxBytes: 45_000 };
    await expect(world.gather(...ONE)).rejects.toMatchObject({ code: 'export.no-space' });
    expect(await readdir(join(world.folder, 'incoming'))).toEqual([]);
  });
});

describe('whoever leaves', () => {
  it('ends the downloading; finished hours stay, half of one does not', async () => {
    for (const hour of ['20240201T05', '20240202T05']) world.server.put(hour, [event(1)]);
    world.vendorOptions = { ...world.vendorOptions, parallel: 1 };
    const leaving = new AbortController();
    const second = new Promise<void>((resolve) => {
      world.server.mishap = ({ first }) => {
        if (first < parseHour('20240202', 0)!) return undefined;
        resolve();
        return { hangAt: 100 };
      };
    });
    const gathering = world.gather('20240201', '20240202', leaving.signal);
    void second.then(() => leaving.abort(new Error('left')));
    await expect(gathering).rejects.toThrow('left');
    expect(await keptHours(['20240201', '20240202'])).toHaveLength(24);
    expect(await readdir(join(world.folder, 'incoming'))).toEqual([]);
  });
});

it('asks for no more windows at once than allowed', async () => {
  world.windowHours = 1;
  world.vendorOptions = { ...world.vendorOptions, parallel: 3 };
  await world.gather('20240201', '20240201');
  expect(world.server.mostActive).toBeLessThanOrEqual(3);
  expect(world.server.asked).toHaveLength(24);
});
