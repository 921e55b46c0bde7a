/** `npm run bench [-- name … --rounds N]`: builds, runs the named benchmarks, or all, one after another, and prints their tables. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, fail, install, requireSupportedNode, root } from './prepare.mjs';

requireSupportedNode();
install();
build();

const all = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));
const words = process.argv.slice(2);
const flagAt = words.findIndex((word) => word.startsWith('--'));
const [names, flags] = flagAt < 0 ? [words, []] : [words.slice(0, flagAt), words.slice(flagAt)];
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`There is no benchmark ${unknown.join(', ')}; there are ${all.join(', ')}.`);

node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json');
const failed = (names.length > 0 ? names : all).filter((name) => node(`dist/bench/${name}.js`, ...flags) !== 0);
if (failed.length > 0) fail(`Not measured to the end: ${failed.join(', ')}.`);

function node(file, ...args) {
  return spawnSync(process.execPath, [join(root, file), ...args], { cwd: root, stdio: 'inherit' }).status;
}
