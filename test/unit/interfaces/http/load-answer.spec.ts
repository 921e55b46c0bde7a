import { expect, it } from 'vitest';
import { loadAnswer } from '../../../../src/interfaces/http/warehouse-loading/load-answer.js';

const RECEIPT = { count: 3, batches: 1 };

it('tells every id of JSON, and ranges of NDJSON', () => {
  const ids = [
    [7, 2],
    [null, 1],
  ] as const;
  expect(loadAnswer({ ...RECEIPT, ids }, false)).toEqual({ ...RECEIPT, inserted_ids: [7, 8, null] });
  expect(loadAnswer({ ...RECEIPT, ids }, true)).toEqual({ ...RECEIPT, inserted_id_ranges: [[7, 8]] });
});

it.each([
  [false, 'inserted_ids'],
  [true, 'inserted_id_ranges'],
])('says null for ids that were too many to be kept, and not that there are none', (isStream, name) => {
  expect(loadAnswer({ ...RECEIPT, ids: undefined }, isStream)).toEqual({ ...RECEIPT, [name]: null });
});
