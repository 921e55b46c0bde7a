/** The jars of the broker, from Maven Central, once for each version of the pom. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pom = join(dirname(fileURLToPath(import.meta.url)), 'pom.xml');
const longestMs = 300_000;

/**
 * @returns the class path, or undefined when the jars are not here and cannot be fetched
 * @param {(line: string) => void} say
 */
export async function brokerClassPath(say) {
  const version = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'penstock');
  const jars = join(cache, `kafka-${version}`);
  if (!existsSync(jars)) {
    say('Fetching Apache Kafka from Maven Central…');
    mkdirSync(cache, { recursive: true });
    if (!(await fetchInto(jars, cache, say))) return undefined;
  }
  return join(jars, '*');
}

/** Complete or not there: another process may fetch at the same time, and this one may be killed. */
async function fetchInto(jars, cache, say) {
  const folder = mkdtempSync(join(cache, 'fetching-'));
  try {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
    const status = await run('mvn', ['-q', '-B', '-f', pom, ...goal], say);
    if (status !== 0) return false;
    renameSync(folder, jars);
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // somebody was faster
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return existsSync(jars);
}

function run(command, args, say) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2], timeout: longestMs });
    child.on('error', (error) => {
      say(`Maven cannot be run (${error.code}).`);
      resolve(1);
    });
    child.on('close', (status) => resolve(status ?? 1));
  });
}
