import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { penstock } from './penstock.js';

/** A command of README.md, and what README.md says it answers. */
export interface Step {
  readonly command: string;
  readonly shown?: { readonly kind: 'json' | 'text'; readonly text: string };
}

/** The steps of one chapter of README.md's tour, in order. */
export function chapter(title: string): Step[] {
  const page = readFileSync('README.md', 'utf8');
  const start = page.indexOf(`### ${title}\n`);
  if (start < 0) throw new Error(`README.md has no chapter "${title}".`);
  const text = page.slice(start + 4).split(/^##/mu, 1)[0] ?? '';
  const steps: Step[] = [];
  for (const [, kind, body = ''] of text.matchAll(/^```(sh|json|text)\n(.*?)^```$/gmsu)) {
    if (kind === 'sh') steps.push({ command: body });
    else steps.push({ ...(steps.pop() as Step), shown: { kind: kind as 'json' | 'text', text: body } });
  }
  return steps;
}

/** The demonstration of the built program, on a folder of its own. */
export class GuidedService {
  private constructor(
    private readonly dir: string,
    private readonly process: ChildProcess,
    readonly port: string,
  ) {}

  static async start(): Promise<GuidedService> {
    const dir = await mkdtemp(join(tmpdir(), 'penstock-guide-'));
    const env = { PATH: process.env['PATH'], PENSTOCK_HOME: join(dir, 'data'), PORT: '0', COPY_BATCH_AGE_MS: '500' };
    const child = spawn(process.execPath, [resolve('dist/src/cli.js'), 'serve', '--demo'], { cwd: dir, env });
    let output = '';
    child.stderr.resume();
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    for (;;) {
      const port = /http:\/\/127\.0\.0\.1:(\d+)\/docs/u.exec(output)?.[1];
      if (port !== undefined) return new GuidedService(dir, child, port);
      await once(child.stdout, 'data');
    }
  }

  get home(): string {
    return join(this.dir, 'data');
  }

  /** Asks the API until the answer is right; the test's own limit ends the asking. */
  async until(path: string, isRight: (answer: string) => boolean): Promise<void> {
    for (;;) {
      const response = await fetch(`http://localhost:${this.port}${path}`);
      if (isRight(await response.text())) return;
      await sleep(250);
    }
  }

  /** Runs a chapter in one shell, as it stands there but for the port, and answers what each step printed. */
  async run(steps: readonly Step[], end = Number.POSITIVE_INFINITY): Promise<string[]> {
    const script = steps
      .slice(0, end)
      .map(({ command }) => command.replaceAll('localhost:8080', `localhost:${this.port}`))
      .join(`\necho; echo ${MARK}\n`);
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], PENSTOCK_HOME: this.home };
    return new Promise((done, fail) => {
      execFile('bash', ['-euo', 'pipefail', '-c', script], { env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
        if (error) fail(new Error(`${stdout}\n${stderr}`, { cause: error }));
        else done(stdout.split(MARK));
      });
    });
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'close');
    this.process.kill('SIGTERM');
    await ended;
    await penstock(['engines', 'stop'], { PENSTOCK_HOME: this.home });
    await rm(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

const MARK = '== next step ==';

/** What differs between what a step printed and what README.md shows: of JSON the fields, of a table its head. */
export function differences({ command, shown }: Step, printed = ''): string[] {
  if (printed.trim() === '') return [`printed nothing: ${command}`];
  if (shown?.kind === 'json') return shapeDifferences(JSON.parse(printed), JSON.parse(shown.text), '');
  if (shown?.kind === 'text' && headOf(printed) !== headOf(shown.text)) return [`another head: ${headOf(printed)}`];
  return [];
}

function headOf(text: string): string {
  return (text.trim().split('\n', 1)[0] ?? '').replaceAll(/\s+/gu, ' ');
}

/** The same fields of the same kinds; lists may go on, and `{}` stands for any object. */
function shapeDifferences(actual: unknown, shown: unknown, path: string): string[] {
  if (Array.isArray(shown)) {
    if (!Array.isArray(actual) || actual.length < shown.length) return [`${path} is no such list`];
    return shown.flatMap((item, index) => shapeDifferences(actual[index], item, `${path}.${index}`));
  }
  if (typeof actual !== typeof shown) return [`${path} is a ${typeof actual}`];
  if (typeof shown !== 'object' || shown === null) return [];
  const fields = Object.entries(shown);
  if (fields.length === 0) return [];
  const values = new Map(Object.entries(actual as object));
  const unshown = [...values.keys()].filter((name) => !fields.some(([known]) => known === name));
  return [
    ...unshown.map((name) => `${path}.${name} is not shown`),
    ...fields.flatMap(([name, value]) => shapeDifferences(values.get(name), value, `${path}.${name}`)),
  ];
}
