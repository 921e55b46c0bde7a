import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../src/domain/errors.js';
import { errorText } from '../../../src/interfaces/cli/error-text.js';
import { exitCodeOf } from '../../../src/interfaces/cli/exit-codes.js';

describe('the end of a process', () => {
  it.each([
    ['settings.invalid', 64],
    ['request.malformed', 64],
    ['schema.invalid', 65],
    ['table.exists', 65],
    ['stream.unknown', 66],
    ['warehouse.unreachable', 69],
    ['warehouse.refused', 69],
    ['query.timeout', 69],
    ['internal.defect', 70],
    ['scope.missing', 77],
    ['credentials.refused', 77],
  ] as const)('is %s: %d', (code, exit) => {
    expect(exitCodeOf(new PenstockError(code, ''))).toBe(exit);
  });

  it('is 70 for whatever is not in the catalogue', () => {
    expect([new Error('x'), 'x', undefined].map(exitCodeOf)).toEqual([70, 70, 70]);
  });

  it('is told with every fault, and without a stack', () => {
    const faults = [
      { path: 'PORT', message: 'must be a number' },
      { path: 'HOST', message: 'must be a string' },
    ];
    expect(errorText(new PenstockError('settings.invalid', 'The settings are not valid.', { faults }))).toBe(
      'penstock: The settings are not valid.\n  PORT: must be a number\n  HOST: must be a string\n',
    );
    expect(errorText(new Error('oops'))).toBe('penstock: failed by a defect of its own: oops\n');
  });
});
