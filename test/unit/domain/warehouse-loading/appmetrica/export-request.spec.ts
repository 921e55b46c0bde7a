import { describe, expect, it } from 'vitest';
import {
  checkExport,
  type ExportDraft,
  exportFileName,
} from '../../../../../src/domain/warehouse-loading/appmetrica/export-request.js';
import {
  moreParts,
  pollPauseMs,
  quotaPauseMs,
  retryPauseMs,
} from '../../../../../src/domain/warehouse-loading/appmetrica/poll-plan.js';

const BOUNDS = { applicationId: 7, maxParts: 100 };
const DRAFT: ExportDraft = {
  source: 'events',
  fields: ['event_name'],
  dateSince: '2025-01-01',
  dateUntil: '2025-01-31',
};

describe('a request for an export', () => {
  it('takes whole days for all of their seconds, and moments as they are', () => {
    expect(checkExport(DRAFT, BOUNDS)).toMatchObject({
      dateSince: '2025-01-01 00:00:00',
      dateUntil: '2025-01-31 23:59:59',
    });
    const moments = { dateSince: '2025-01-01T10:30:00', dateUntil: '2025-01-01 10:30:00' };
    expect(checkExport({ ...DRAFT, ...moments }, BOUNDS)).toMatchObject({ dateSince: '2025-01-01 10:30:00' });
  });

  it.each([
    '2025-02-29',
    '2025-13-01',
    '2025-1-1',
    '2025-01-01 24:00:00',
    '2025-01-01 10:00',
    'yesterday',
    '',
    '2025-01-01 10:00:00 UTC',
  ])('refuses %j, which no calendar has', (dateSince) => {
    expect(() => checkExport({ ...DRAFT, dateSince }, BOUNDS)).toThrow(
      expect.objectContaining({ code: 'request.invalid', faults: [expect.objectContaining({ path: 'date_since' })] }),
    );
  });

  it('asks for a field once, and for dates only where the source has them', () => {
    const { dateSince: _since, dateUntil: _until, ...undated } = DRAFT;
    const twice = { ...undated, source: 'profiles', fields: ['a', 'b', 'a'] };
    expect(checkExport(twice, BOUNDS)).toEqual({
      applicationId: 7,
      source: 'profiles',
      fields: ['a', 'b'],
      format: 'csv',
      fresh: false,
      parts: 1,
      destination: 'service',
      overwrite: false,
    });
    expect(() => checkExport(undated, BOUNDS)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  });

  it('needs an application', () => {
    expect(checkExport({ ...DRAFT, applicationId: 9 }, BOUNDS).applicationId).toBe(9);
    expect(() => checkExport(DRAFT, { maxParts: 1 })).toThrow(expect.objectContaining({ code: 'vendor.unconfigured' }));
  });

  it('names a file after source and days', () => {
    expect(exportFileName(checkExport({ ...DRAFT, format: 'json' }, BOUNDS))).toBe(
      'appmetrica_events_2025-01-01_2025-01-31.json',
    );
  });
});

describe('the pauses of an export', () => {
  it('grow while the vendor prepares, up to a minute, or to the interval that is set', () => {
    expect([1, 2, 3, 1000].map((asked) => pollPauseMs(asked, { pollMs: 5000 }))).toEqual([5000, 6250, 7813, 60_000]);
    expect(pollPauseMs(50, { pollMs: 300_000 })).toBe(300_000);
  });

  it('are what the vendor says, within the limit, and a minute where it says nothing', () => {
    const limits = { maxWaitMs: 600_000, pollMs: 5000 };
    expect([undefined, 0, 7000, 1e9].map((after) => quotaPauseMs(after, limits))).toEqual([
      60_000, 1000, 7000, 600_000,
    ]);
  });

  it('double with every failure, up to a minute', () => {
    expect([1, 2, 3, 7, 1000].map((failures) => retryPauseMs(failures, { pollMs: 5000 }))).toEqual([
      1000, 2000, 4000, 60_000, 60_000,
    ]);
  });

  it('end in more parts, until there are as many as may be', () => {
    expect([moreParts(1, BOUNDS), moreParts(64, BOUNDS)]).toEqual([2, 100]);
    expect(() => moreParts(100, BOUNDS)).toThrow(expect.objectContaining({ code: 'export.too-large' }));
  });
});
