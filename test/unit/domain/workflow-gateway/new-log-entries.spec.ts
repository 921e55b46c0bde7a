import { describe, expect, it } from 'vitest';
import { type GivenLogEntry, newLogEntries } from '../../../../src/domain/workflow-gateway/new-log-entries.js';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function entry(more: Partial<GivenLogEntry> = {}): GivenLogEntry {
  return { type: 'info', title: 'Sources read', ...more };
}

describe('new entries of a run log', () => {
  it('get the time of the request, and an empty description, where they have none', () => {
    expect(newLogEntries([entry()], NOW)).toEqual([
      {
        type: 'info',
        title: 'Sources read',
        description: '',
        timestamp: '2026-01-02T03:04:05.000Z',
        entryId: expect.stringMatching(/^2026-01-02T03:04:05\.000Z#0000#[0-9a-f]{16}$/u),
      },
    ]);
  });

  it('have ids that sort by time first, then by their place', () => {
    const given = [entry(), entry({ timestamp: '2025-12-31T23:00:00-01:00' }), entry()];
    const [first = '', older = '', last = ''] = newLogEntries(given, NOW).map(({ entryId }) => entryId);
    expect([last, first, older].toSorted()).toEqual([older, first, last]);
  });

  it('have the same ids when they are sent again with their times', () => {
    const given = [entry({ timestamp: '2026-01-01T00:00:00Z', metadata: { rows: 1 } })];
    expect(newLogEntries(given, NOW + 5000)).toEqual(newLogEntries(given, NOW));
  });

  it.each([
    ['an unknown type', { type: 'shout' }, 'entries.1.type'],
    ['a time that is none', { timestamp: '2026-02-30T25:00:00Z' }, 'entries.1.timestamp'],
    ['a time without its offset', { timestamp: '2026-01-01T00:00:00' }, 'entries.1.timestamp'],
    ['too much text', { description: 'x'.repeat(300_001) }, 'entries.1'],
    [
      'metadata nested too deep',
      { metadata: JSON.parse('['.repeat(40) + ']'.repeat(40)) as unknown },
      'entries.1.metadata',
    ],
  ])('are refused for %s, by the place of the entry', (_, more, path) => {
    const act = (): unknown => newLogEntries([entry(), entry(more)], NOW);
    expect(act).toThrow(
      expect.objectContaining({ code: 'log-entry.invalid', faults: [expect.objectContaining({ path })] }),
    );
  });
});
