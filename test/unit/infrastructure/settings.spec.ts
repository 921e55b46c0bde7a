import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import type { PenstockError } from '../../../src/domain/errors.js';
import { AccessSettings } from '../../../src/infrastructure/config/access.settings.js';
import { Env, envFields, readSettings } from '../../../src/infrastructure/config/env.js';
import { LoggingSettings } from '../../../src/infrastructure/config/logging.settings.js';
import { ServiceSettings } from '../../../src/infrastructure/config/service.settings.js';
import { readAll, SETTINGS_SECTIONS } from '../../../src/infrastructure/config/settings.js';

/** The variables that are refused; fails when a value is told along with them. */
function faultsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    const { message, faults } = error as PenstockError;
    if (JSON.stringify([message, faults]).includes('hunter')) throw new Error('A value was told.', { cause: error });
    return faults.map(({ path }) => path);
  }
  return [];
}

describe('the settings', () => {
  it('start from defaults that nobody has to change', () => {
    const settings = readAll({});
    expect(settings.get(ServiceSettings)).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      workers: true,
      shutdownTimeoutMs: 15_000,
      title: 'Penstock',
    });
    expect(settings.get(AccessSettings)).toMatchObject({ rateLimitPerMinute: 600, trustProxy: false });
    expect(settings.get(AccessSettings).apiKeysFile).toBeUndefined();
    expect(settings.get(LoggingSettings).threshold).toBe('INFO');
  });

  it('take an empty variable for one that is not set', () => {
    expect(readAll({ PORT: '', HOST: '', API_KEYS_FILE: '' }).get(ServiceSettings).port).toBe(8080);
  });

  it.each([
    [{ LOGGING_LEVEL: 'warn' }, 'WARNING'],
    [{ LOGGING_LEVEL: 'Debug' }, 'DEBUG'],
    [{ LOGGING_LEVEL: 'FATAL' }, 'CRITICAL'],
    [{ LOGGING_LEVEL: 'ERROR', DEBUG: 'true' }, 'DEBUG'],
  ])('understand the level of %j', (env, threshold) => {
    expect(readAll(env as Record<string, string>).get(LoggingSettings).threshold).toBe(threshold);
  });

  it('tell all faults of all sections at once', () => {
    const env = {
      PORT: '99999',
      WORKERS: 'hunter2',
      LOGGING_LEVEL: 'hunter3',
      RATE_LIMIT_PER_MINUTE: '-1',
      COPY_BATCH_ROWS: '1.5',
      HOST: 'hunter.example.com',
    };
    expect(faultsOf(() => readAll(env)).sort()).toEqual(Object.keys(env).sort());
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', '127.0.0.1.example.com'])(
    'do not let other machines in by HOST=%s without keys',
    (HOST) => {
      expect(faultsOf(() => readAll({ HOST }))).toEqual(['HOST']);
      expect(faultsOf(() => readAll({ HOST, API_KEYS_FILE: 'keys.yaml' }))).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('take HOST=%s for this machine', (HOST) => {
    expect(faultsOf(() => readAll({ HOST }))).toEqual([]);
  });

  it.each(['http://a.example.com', 'https://a.example.com,http://localhost:3000'])(
    'take the origins %s',
    (CORS_ORIGINS) => {
      expect(faultsOf(() => readAll({ CORS_ORIGINS }))).toEqual([]);
    },
  );

  it.each(['*', 'a.example.com', 'https://a.example.com/', 'https://a.example.com, https://b.example.com'])(
    'refuse the origins %s',
    (CORS_ORIGINS) => {
      expect(faultsOf(() => readAll({ CORS_ORIGINS }))).toEqual(['CORS_ORIGINS']);
    },
  );

  it('are all listed, so that they are read and documented', async () => {
    const files = (await readdir('src/infrastructure/config')).filter((file) => file.endsWith('.settings.ts'));
    const listed = SETTINGS_SECTIONS.map(({ name }) => `${name.replace(/Settings$/, '').toLowerCase()}.settings.ts`);
    expect(files.map((file) => file.replaceAll('-', '')).sort()).toEqual(listed.sort());
  });

  it('never read one variable into two fields', () => {
    const variables = SETTINGS_SECTIONS.flatMap((section) => envFields(section).map(({ variable }) => variable));
    expect(variables).toEqual([...new Set(variables)]);
  });

  it('read a secret from a file where the variable ends in _FILE, and nothing else from files', () => {
    class TrialSettings {
      @Env('TRIAL_PASSWORD', { secret: true })
      @IsString()
      readonly password: string = '';

      @Env('TRIAL_NAME')
      @IsString()
      readonly name: string = 'default';
    }
    const folder = mkdtempSync(join(tmpdir(), 'penstock-secret-'));
    const path = join(folder, 'secret');
    writeFileSync(path, 'hunter2\n');
    const [settings] = readSettings([TrialSettings], { TRIAL_PASSWORD_FILE: path, TRIAL_NAME_FILE: path });
    rmSync(folder, { recursive: true });
    expect(settings).toMatchObject({ password: 'hunter2', name: 'default' });
    expect(faultsOf(() => readSettings([TrialSettings], { TRIAL_PASSWORD_FILE: path }))).toEqual([
      'TRIAL_PASSWORD_FILE',
    ]);
  });
});
