import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_OVERHEAD, outgoingRequests, sizeOf } from '../../../../src/infrastructure/kafka/outgoing-requests.js';

const record = (bytes: number) => ({ partitionKey: 'k', data: new Uint8Array(bytes) });

describe('what is published', () => {
  it('goes out whole, in order, in requests that are no larger than allowed', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const records = bytes.map(record);
        const requests = [...outgoingRequests(records, 1000)];
        expect(requests.flat()).toEqual(records);
        for (const request of requests) {
          const size = request.reduce((sum, each) => sum + sizeOf(each), BATCH_OVERHEAD);
          expect(size <= 1000 && request.length > 0).toBe(true);
        }
      }),
    );
  });

  it('goes alone when it is larger', () => {
    const records = [record(10), record(5000), record(10)];
    expect([...outgoingRequests(records, 1000)].map(({ length }) => length)).toEqual([1, 1, 1]);
  });
});
