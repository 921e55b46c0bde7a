import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_KINDS, type ErrorCode, PenstockError } from '../../../src/domain/errors.js';
import { METRICS } from '../../../src/domain/ports/metrics.port.js';
import { envFields } from '../../../src/infrastructure/config/env.js';
import { SETTINGS_SECTIONS } from '../../../src/infrastructure/config/settings.js';
import { exitCodeOf } from '../../../src/interfaces/cli/exit-codes.js';
import { statusOf } from '../../../src/interfaces/http/problem.js';

describe('docs/errors.md', () => {
  const page = readFileSync('docs/errors.md', 'utf8');
  const entry = /^### `([^`]+)`\n\nStatus (\d+), exit code (\d+)\. \S[^\n]+\n\n\*What to do:\* \S/gm;
  const entries = new Map(
    [...page.matchAll(entry)].map(([, code, status, exit]) => [code!, { status: Number(status), exit: Number(exit) }]),
  );

  it('explains every code, and no other', () => {
    expect([...entries.keys()].sort()).toEqual(Object.keys(ERROR_KINDS).sort());
    expect(page.match(/^### /gm)).toHaveLength(entries.size);
  });

  it.each(Object.keys(ERROR_KINDS) as ErrorCode[])('gives %s the status and the exit code it has', (code) => {
    expect(entries.get(code)).toEqual({ status: statusOf(code), exit: exitCodeOf(new PenstockError(code, '')) });
  });
});

describe('docs/settings.md and .env.example', () => {
  it('are what the script writes', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/write-settings-doc.mjs', '--check'], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('hold every variable the service reads, with the default it really has', () => {
    const page = readFileSync('docs/settings.md', 'utf8');
    const documented = new Map(
      [...page.matchAll(/^\| `(\w+)` \| (?:`([^`]*)`|unset) \|/gm)].map(([, variable, value]) => [variable, value]),
    );
    const actual = SETTINGS_SECTIONS.flatMap((section) => {
      const defaults = new section() as object as Record<string, unknown>;
      return envFields(section).map(({ variable, property }) => [variable, asText(defaults[property])] as const);
    });
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(actual));
  });
});

describe('docs/metrics.md', () => {
  it('lists every metric with its kind, labels and meaning, and no other', () => {
    const rows = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\| (.*) \|$/gm)];
    const documented = rows.map(([, name, kind, labels, help]) => ({
      name,
      kind,
      labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      help,
    }));
    const declared = Object.entries(METRICS).map(([name, { kind, labels, help }]) => ({
      name,
      kind,
      labels: [...labels],
      help,
    }));
    expect(documented).toEqual(declared);
  });
});

function asText(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === undefined || value === '' ? undefined : `${value as string | number}`;
}
