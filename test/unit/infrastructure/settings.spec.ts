import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../src/domain/errors.js';
import { AccessSettings } from '../../../src/infrastructure/config/access.settings.js';
import { envFields } from '../../../src/infrastructure/config/env.js';
import { LoggingSettings } from '../../../src/infrastructure/config/logging.settings.js';
import { ServiceSettings } from '../../../src/infrastructure/config/service.settings.js';
import { readAll, SETTINGS_SECTIONS } from '../../../src/infrastructure/config/settings.js';

function faultsOf(env: Record<string, string>): string[] {
  try {
    readAll(env);
    return [];
  } catch (error) {
    if (!(error instanceof PenstockError)) throw error;
    expect(JSON.stringify([error.message, error.faults])).not.toContain('hunter');
    return error.faults.map(({ path }) => path);
  }
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
    expect(faultsOf(env).sort()).toEqual(Object.keys(env).sort());
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', '127.0.0.1.example.com'])(
    'do not let other machines in by HOST=%s without keys',
    (HOST) => {
      expect(faultsOf({ HOST })).toEqual(['HOST']);
      expect(faultsOf({ HOST, API_KEYS_FILE: 'keys.yaml' })).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('take HOST=%s for this machine', (HOST) => {
    expect(faultsOf({ HOST })).toEqual([]);
  });

  it.each(['http://a.example.com', 'https://a.example.com,http://localhost:3000'])(
    'take the origins %s',
    (CORS_ORIGINS) => {
      expect(faultsOf({ CORS_ORIGINS })).toEqual([]);
    },
  );

  it.each(['*', 'a.example.com', 'https://a.example.com/', 'https://a.example.com, https://b.example.com'])(
    'refuse the origins %s',
    (CORS_ORIGINS) => {
      expect(faultsOf({ CORS_ORIGINS })).toEqual(['CORS_ORIGINS']);
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

  it('read a secret of a file where its name ends in _FILE', () => {
    const secrets = SETTINGS_SECTIONS.flatMap((section) =>
      envFields(section)
        .filter(({ secret }) => secret)
        .map((field) => ({ section, field })),
    );
    const folder = mkdtempSync(join(tmpdir(), 'penstock-secret-'));
    writeFileSync(join(folder, 'secret'), 'hunter2\n');
    for (const { section, field } of secrets) {
      const settings = readAll({ [`${field.variable}_FILE`]: join(folder, 'secret') }).get(
        section as unknown as new () => Record<string, unknown>,
      );
      expect(settings[field.property], field.variable).toBe('hunter2');
      expect(faultsOf({ [`${field.variable}_FILE`]: join(folder, 'missing') })).toContain(`${field.variable}_FILE`);
    }
    rmSync(folder, { recursive: true });
  });
});
