import { describe, expect, it } from 'vitest';
import { CopyBatch } from '../../../../src/application/stream-onboarding/copier/copy-batch.js';
import { toDeadLetter } from '../../../../src/application/stream-onboarding/copier/record-framer.js';
import type { StreamRecord } from '../../../../src/domain/stream-onboarding/stream-record.js';

const record = (sequenceNumber: string, subSequenceNumber = 0): StreamRecord => ({
  sequenceNumber,
  subSequenceNumber,
  partitionKey: 'key',
  data: Buffer.from('{"n":1}'),
  arrivedAtMs: 0,
});
const row = (of: StreamRecord) => ({ line: of.data, record: of });

describe('CopyBatch', () => {
  it('spans from its first record to its last, whether they are good, bad or known to be bad', () => {
    const batch = new CopyBatch(0);
    const bad = record('10');
    batch.addLetter(bad, toDeadLetter('c', 's', bad, { code: 'record.not-json', reason: 'not JSON' }));
    batch.addRow(row(record('11')));
    batch.skip(record('12'));
    expect(batch.range()).toEqual({ first: '10', last: '12', records: 3 });
    expect([batch.rows.length, batch.letters.length, batch.known, batch.size, batch.bytes]).toEqual([1, 1, 1, 3, 21]);
  });

  it('may not end inside an aggregate', () => {
    const batch = new CopyBatch(0);
    expect(batch.splitsBefore(record('10'))).toBe(false);
    batch.addRow(row(record('10')));
    expect(batch.splitsBefore(record('10', 1))).toBe(false);
    expect(batch.splitsBefore(record('11'))).toBe(true);
  });

  it('has no range while it is empty', () => {
    const batch = new CopyBatch(0);
    expect(batch.isEmpty).toBe(true);
    expect(() => batch.range()).toThrow('empty');
  });
});
