/** Says which links of the Markdown pages lead nowhere, and which npm scripts they name that are not there. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './prepare.mjs';

const pages = listPages();
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const faults = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...deadLinks(page, text), ...unknownScripts(page, text)];
});
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`${pages.length} pages checked, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function listPages() {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((page) => page !== '' && existsSync(join(root, page)));
}

function deadLinks(page, text) {
  const targets = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target);
  const local = targets.filter((target) => !/^[a-z]+:/.test(target));
  return local
    .filter((target) => !existsSync(join(root, dirname(page), target)))
    .map((target) => `${page}: no ${target}`);
}

function unknownScripts(page, text) {
  const names = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
  return [...new Set(names)]
    .filter((name) => scripts[name] === undefined)
    .map((name) => `${page}: no script "${name}"`);
}
