#!/usr/bin/env node
/** What `npx penstock` runs; `npx` in a checkout needs a file that is there before the build. */
import { existsSync } from 'node:fs';

const program = new URL('../dist/src/cli.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write(
    'Penstock is not built yet. Run "npm run build" first, or "npm start", which does it by itself.\n',
  );
  process.exitCode = 69;
}
