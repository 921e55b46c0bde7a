/**
 * What a checkout needs before anything runs: the right Node, the packages of the lock file, a build of the present source.
 * Node's own modules only, because this runs before there are others.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildStamp = join(root, 'dist', '.source-hash');
const exitUnavailable = 69;

/** Ends the process with one plain sentence when this Node is not one of package.json's `engines`. */
export function requireSupportedNode() {
  const { engines } = readJson('package.json');
  if (engines.node.split('||').some((range) => satisfies(process.versions.node, range.trim()))) return;
  fail(`Penstock needs Node ${engines.node}; this is ${process.versions.node}. Install another Node and run it again.`);
}

/** Understands what our own `engines` uses: ^a.b.c and >=a.b.c. */
function satisfies(version, range) {
  const [major, minor, patch] = version.split('.').map(Number);
  const [, operator, ...least] = /^(\^|>=)(\d+)\.(\d+)\.(\d+)$/.exec(range) ?? [];
  const [leastMajor, leastMinor, leastPatch] = least.map(Number);
  if (major !== leastMajor) return operator === '>=' && major > leastMajor;
  return minor > leastMinor || (minor === leastMinor && patch >= leastPatch);
}

/** Installs from the lock file unless just these packages are there. */
export function install() {
  if (installed()) return;
  say('Installing the packages of package-lock.json…');
  run('npm', ['ci', '--no-audit', '--no-fund'], 'The packages could not be installed. Is the npm registry reachable?');
}

/** Judged by content: times of files say nothing after a clone, a checkout or a copy. */
function installed() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const wanted = Object.entries(readJson('package-lock.json').packages);
  // Packages for other platforms are optional, and are not there.
  return wanted.every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version);
}

/** Builds `dist` unless it was made from just this source. */
export function build() {
  const hash = sourceHash();
  const done = existsSync(buildStamp) && existsSync(join(root, 'dist/src/cli.js'));
  if (done && readFileSync(buildStamp, 'utf8') === hash) return;
  say('Building…');
  rmSync(buildStamp, { force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  run(process.execPath, [compiler, '-p', 'tsconfig.build.json'], 'The build failed.');
  removeLeftovers();
  writeFileSync(buildStamp, hash);
}

function sourceHash() {
  const hash = createHash('sha256');
  const files = ['src', 'migrations'].flatMap((folder) => filesBelow(folder, '.ts')).toSorted();
  for (const file of [...files, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** The compiler leaves the output of a source that was removed; what is imported by folder would still find it. */
function removeLeftovers() {
  for (const file of ['dist/src', 'dist/migrations'].flatMap((folder) => filesBelow(folder, '.js'))) {
    if (existsSync(join(root, file.replace(/^dist\//, '').replace(/\.js$/, '.ts')))) continue;
    rmSync(join(root, file));
    rmSync(join(root, `${file}.map`), { force: true });
  }
}

function filesBelow(folder, extension) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(path, extension);
    return path.endsWith(extension) ? [path] : [];
  });
}

function run(command, args, sorry) {
  // Whatever a tool has to say is not a result of ours, so it goes to stderr.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail(`${sorry}${error ? ` (${error.code})` : ''}`);
}

function readJson(file) {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

export function fail(text) {
  say(text);
  process.exit(exitUnavailable);
}
