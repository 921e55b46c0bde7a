import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/infrastructure/logging/redact.js';

describe('redact', () => {
  it.each([
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'accessKey',
    'AWS_ACCESS_KEY_ID',
    'secretKey',
    'secret_access_key',
    'sessionToken',
    'password',
    'CLICKHOUSE_PASSWORD',
    'CLUE_DB_PWD',
    'pwd',
    'X-Api-Key',
    'apiKey',
    'clientSecret',
    'token',
  ])('masks a field named %s at any depth', (name) => {
    const text = JSON.stringify(redact({ a: [{ [name]: 'hunter2' }], [name]: { inner: 'hunter3' } }));
    expect(text).toContain('[redacted]');
    expect(text).not.toContain('hunter');
  });

  it('leaves other fields as they are', () => {
    const fields = {
      name: 'a',
      key: 1,
      tokens: 3,
      passwordless: true,
      at: new Date(0),
      nothing: null,
      missing: undefined,
    };
    expect(redact(fields)).toEqual(fields);
  });

  it.each([
    ['postgres://user:hunter2@db:5432/x', 'postgres://[redacted]@db:5432/x'],
    ['see http://hunter:2@host/a and https://plain/b', 'see http://[redacted]@host/a and https://plain/b'],
    ['mail a@b.example', 'mail a@b.example'],
  ])('masks who is named inside %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it('keeps an error an error, without the secrets of its words, fields and causes', () => {
    const cause = Object.assign(new Error('at http://u:hunter2@h/'), { password: 'hunter3', code: 'E1' });
    const redacted = redact(new TypeError('to redis://:hunter4@h', { cause })) as Error & { cause: { code: string } };
    expect(redacted).toBeInstanceOf(Error);
    expect(redacted.name).toBe('TypeError');
    expect(redacted.stack).toContain('redact.spec.ts');
    expect(redacted.cause.code).toBe('E1');
    expect(JSON.stringify([redacted.message, redacted.stack, redacted.cause, inspect(redacted)])).not.toContain(
      'hunter',
    );
  });

  it('ends on circles, depths and bytes', () => {
    const circle: Record<string, unknown> = { bytes: Buffer.from('hunter2') };
    circle['self'] = circle;
    expect(redact(circle)).toEqual({ bytes: '[7 bytes]', self: '[circular]' });
    let deep: unknown = 'hunter2';
    for (let depth = 0; depth < 50; depth += 1) deep = { deep };
    expect(JSON.stringify(redact(deep))).toContain('[too deep]');
  });
});
