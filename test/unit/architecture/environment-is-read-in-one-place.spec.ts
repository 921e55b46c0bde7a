import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** The embedded engines are programs of their own, and the environment is how they are started; settings they get from it as one value. */
const ALLOWED = /^(main|cli)\.ts$|^infrastructure\/(config|embedded)\//;

it('reads the environment in the settings and the entry points only', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const readers = files.filter((file) =>
    /\bprocess\s*(\.env\b|\[\s*['"]env['"])|\benv\b[^;]*\bfrom\s+'(node:)?process'/.test(
      readFileSync(join('src', file), 'utf8'),
    ),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(readers.filter((file) => !ALLOWED.test(file))).toEqual([]);
});
