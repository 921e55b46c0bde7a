/** `npm test`: builds, runs every test on embedded engines, and counts on its last line. Arguments go to vitest. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, fail, install, requireSupportedNode, root } from './prepare.mjs';

requireSupportedNode();
install();
build();

const WITHOUT_KAFKA = `
Skipped: everything that needs a broker of Apache Kafka. To run it, start one with "npm run kafka" (Java 17 and Maven), and
give the address it prints as KAFKA_TEST_BROKERS to "npm test".
`;
const folder = mkdtempSync(join(tmpdir(), 'penstock-test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const args = [vitest, 'run', '--coverage.enabled', ...reporters, ...process.argv.slice(2)];
const run = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
process.on('SIGINT', () => undefined); // a terminal sends it to vitest as well; wait for its end
process.on('SIGTERM', () => run.kill('SIGTERM'));
run.on('error', (error) => fail(`The tests could not be started (${error.code}).`));
run.on('close', (status) => {
  const counts = readCounts();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = status === 0 && counts.failed === 0 ? 0 : status || 1;
  if (process.env.KAFKA_TEST_BROKERS === undefined) process.stdout.write(WITHOUT_KAFKA);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
});

function readCounts() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that fails to load, or fails around its tests, has no failed test, and is one.
    const broken = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && !assertionResults.some(failed),
    );
    return {
      passed: numPassedTests,
      failed: numFailedTests + broken.length,
      skipped: numPendingTests + numTodoTests,
    };
  } catch {
    process.stderr.write('Vitest ended without a report.\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function failed({ status }) {
  return status === 'failed';
}
