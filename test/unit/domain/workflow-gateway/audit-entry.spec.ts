import { describe, expect, it } from 'vitest';
import { PenstockError, type ErrorCode } from '../../../../src/domain/errors.js';
import { auditSubject, unsuccessful } from '../../../../src/domain/workflow-gateway/audit-entry.js';

const attempt = {
  requestId: 'r',
  caller: 'etl',
  engine: 'postgres',
  mode: 'read',
  isDryRun: false,
  sql: `SELECT 'hunter2'`,
  parameters: ['hunter2', 7, null, [1], { a: 1 }, true],
} as const;

describe('a record of the audit', () => {
  it('holds types of parameters and a hash of the text, and neither values nor the text', () => {
    const subject = auditSubject(attempt, 'SELECT ?');
    expect(subject).toMatchObject({
      statement: 'SELECT ?',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      parameterTypes: ['string', 'number', 'null', 'array', 'object', 'boolean'],
    });
    expect(JSON.stringify(subject)).not.toContain('hunter2');
    expect(auditSubject({ ...attempt, parameters: { id: 1 } }, '').parameterTypes).toEqual(['number']);
    expect(auditSubject(attempt, 'x'.repeat(100_000)).statement).toHaveLength(8192);
  });

  it.each([
    ['query.refused', 'refused'],
    ['query.forbidden', 'refused'],
    ['query.too-costly', 'refused'],
    ['query.busy', 'refused'],
    ['scope.missing', 'refused'],
    ['query.cancelled', 'cancelled'],
    ['query.timeout', 'timed_out'],
    ['query.failed', 'failed'],
    ['database.unreachable', 'failed'],
  ] as [ErrorCode, string][])('of %s says %s', (code, outcome) => {
    const record = unsuccessful(auditSubject(attempt, ''), new PenstockError(code, 'x'), 3);
    expect(record).toMatchObject({ outcome, code, rows: 0, durationMs: 3 });
  });

  it('of a defect says failed', () => {
    expect(unsuccessful(auditSubject(attempt, ''), new Error('x'), 1)).toMatchObject({
      outcome: 'failed',
      code: 'internal.defect',
    });
  });
});
