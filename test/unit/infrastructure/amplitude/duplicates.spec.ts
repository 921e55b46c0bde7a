import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DroppedLines, findDuplicates } from '../../../../src/infrastructure/amplitude/find-duplicates.js';
import type { HourIds } from '../../../../src/infrastructure/amplitude/hour-digests.js';
import { GatheredFile } from '../../../../src/infrastructure/amplitude/gathered-file.js';
import { IdWriter } from '../../../../src/infrastructure/amplitude/id-writer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'penstock-duplicates-'));
});
afterAll(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();

interface Line {
  readonly uuid?: string;
  readonly $insert_id?: string;
  readonly device_id?: string;
}

/** Two hours lie in one file, behind other bytes, as those of a run do. */
async function written(hours: readonly (readonly Line[])[]): Promise<HourIds[]> {
  const ids: HourIds[] = [];
  for (const [index, lines] of hours.entries()) {
    const path = join(folder, String(Math.floor(index / 2)));
    if (index % 2 === 0) await writeFile(path, 'what is before');
    const start = (await stat(path)).size;
    const digests = new GatheredFile(`${path}.ids`);
    const writer = new IdWriter(digests);
    for (const line of lines) {
      const bytes = Buffer.from(JSON.stringify(line));
      writer.visit(bytes, 0, bytes.length);
      await writer.drain();
    }
    await writer.finish();
    await writeFile(path, digests.content(), { flag: 'a' });
    await digests.close();
    ids.push({ path, start, ids: writer.written, crc: writer.crc, lines: lines.length });
  }
  return ids;
}

/** Said in another way: what a Set has, line by line. */
function expected(hours: readonly (readonly Line[])[]): string[] {
  const [uuids, inserts] = [new Set<string>(), new Set<string>()];
  return hours.flatMap((lines, hour) =>
    lines.flatMap(({ uuid, $insert_id: insertId, device_id: deviceId = '' }, line) => {
      const insert = `${insertId}\u0000${deviceId}`;
      const byUuid = Boolean(uuid) && uuids.has(uuid!);
      const byInsert = Boolean(insertId) && inserts.has(insert);
      if (uuid) uuids.add(uuid);
      if (insertId) inserts.add(insert);
      return byUuid || byInsert ? [`${hour}:${line}:${byUuid ? 'uuid' : 'insert_id'}`] : [];
    }),
  );
}

function found(dropped: ReadonlyMap<number, DroppedLines>): { lines: string[]; uuid: number; insertId: number } {
  const all = [...dropped].sort(([a], [b]) => a - b);
  const lines = all.flatMap(([hour, { bits }]) =>
    Array.from(bits).flatMap((byte, at) =>
      Array.from({ length: 8 }, (_, bit) => bit).flatMap((bit) =>
        byte & (1 << bit) ? [`${hour}:${at * 8 + bit}`] : [],
      ),
    ),
  );
  const sum = (kind: 'uuid' | 'insertId'): number => all.reduce((total, [, { counts }]) => total + counts[kind], 0);
  return { lines, uuid: sum('uuid'), insertId: sum('insertId') };
}

const id = fc.integer({ min: 0, max: 30 }).map(String);
const line = fc.record({ uuid: id, $insert_id: id, device_id: fc.constantFrom('a', 'b') }, { requiredKeys: [] });
const hours = fc.array(fc.array(line, { maxLength: 25 }), { maxLength: 5 });

it.each([2 ** 10, 16])(
  'are the same as a Set would find, with %i slots for as many ids as there are',
  async (slots) => {
    await fc.assert(
      fc.asyncProperty(hours, async (lines) => {
        const dropped = found(
          await findDuplicates(await written(lines), { folder, signal, slots }).catch(fullIsRight(slots)),
        );
        const right = expected(lines);
        expect(dropped.lines).toEqual(right.map((each) => each.split(':').slice(0, 2).join(':')));
        expect(dropped.uuid).toBe(right.filter((each) => each.endsWith(':uuid')).length);
        expect(dropped.insertId).toBe(right.filter((each) => each.endsWith(':insert_id')).length);
      }),
      { numRuns: 60 },
    );
    expect((await readdir(folder)).filter((name) => name.startsWith('shares'))).toEqual([]);
  },
);

/** So small a set may be filled by chance; one of a real size is not. */
function fullIsRight(slots: number) {
  return (error: unknown): never => {
    if (slots === 16 && error instanceof RangeError) fc.pre(false);
    throw error;
  };
}

it('are found among more ids than fit into memory at once', async () => {
  const uuid = (n: number): string => createHash('md5').update(String(n)).digest('hex');
  const lines = [0, 1, 2].map((hour) => Array.from({ length: 20_000 }, (_, n) => ({ uuid: uuid(hour * 19_000 + n) })));
  const dropped = found(await findDuplicates(await written(lines), { folder, signal, slots: 2 ** 12 }));
  expect([dropped.uuid, dropped.insertId, dropped.lines.length]).toEqual([2000, 0, 2000]);
});

it('are not looked for among digests that are not those that were written', async () => {
  const lines = [0, 1, 2].map((hour) => [{ uuid: `u${hour}` }, { uuid: `v${hour}` }]);
  for (const damaged of [0, 1, 2]) {
    const ids = await written(lines);
    const { path, start } = ids[damaged]!;
    const bytes = await readFile(path);
    bytes[start + 30]! ^= 1;
    await writeFile(path, bytes);
    for (const slots of [2 ** 10, 8])
      await expect(findDuplicates(ids, { folder, signal, slots })).rejects.toThrow('damaged');
  }
});
