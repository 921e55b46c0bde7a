import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { GatheredFile } from '../../../../src/infrastructure/amplitude/gathered-file.js';

const folder = mkdtempSync(join(tmpdir(), 'penstock-gathered-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MB = 1024 * 1024;
const append = fc.record({ bytes: fc.constantFrom(0, 1, 100, MB / 2, 2 * MB), fill: fc.nat(255) });
const rewind = fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) });

it('holds what was put behind it and not taken away, whether it was written by then or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(append, append, rewind), { maxLength: 8 }), async (steps) => {
      const path = join(folder, 'file');
      await rm(path, { force: true });
      const file = new GatheredFile(path);
      let expected = Buffer.alloc(0);
      for (const step of steps) {
        if ('bytes' in step) {
          expected = Buffer.concat([expected, Buffer.alloc(step.bytes, step.fill)]);
          await file.append(Buffer.alloc(step.bytes, step.fill));
        } else {
          expected = expected.subarray(0, Math.floor(expected.length * step.share));
          await file.rewind(expected.length);
        }
        expect(file.length).toBe(expected.length);
      }
      expect(expected.equals(await buffer(file.content()))).toBe(true);
      await file.flush();
      await file.close();
      expect(expected.equals(await readFile(path))).toBe(true);
    }),
    { numRuns: 40 },
  );
});

it('is no file while it is small', async () => {
  const file = new GatheredFile(join(folder, 'small'));
  await file.append(Buffer.from('small'));
  await file.close();
  expect(await readdir(folder)).not.toContain('small');
});
