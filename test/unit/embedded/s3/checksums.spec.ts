import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECKSUM_ALGORITHMS,
  compositeChecksum,
  isCrc,
  startDigest,
  wholeChecksum,
} from '../../../../src/infrastructure/embedded/s3/checksum-algorithms.js';

function digest(algorithm: (typeof CHECKSUM_ALGORITHMS)[number], ...pieces: Uint8Array[]): string {
  const making = startDigest(algorithm);
  for (const piece of pieces) making.update(piece);
  return making.digest().toString('base64');
}

describe('Checksums', () => {
  it('are those of the catalogue of CRCs, for the nine digits it gives', () => {
    const digits = Buffer.from('123456789');
    const hex = (algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME') =>
      Buffer.from(digest(algorithm, digits), 'base64').toString('hex');
    expect(hex('CRC32')).toBe('cbf43926');
    expect(hex('CRC32C')).toBe('e3069283');
    expect(hex('CRC64NVME')).toBe('ae8b14860a799888');
  });

  it('do not depend on the pieces the content comes in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (content, at) => {
        for (const algorithm of CHECKSUM_ALGORITHMS) {
          const pieces = [content.subarray(0, at), content.subarray(at)];
          expect(digest(algorithm, ...pieces)).toBe(digest(algorithm, content));
        }
      }),
    );
  });

  it('of a whole come from those of its parts, as far as they are CRCs', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { minLength: 1, maxLength: 6 }), (parts) => {
        for (const algorithm of CHECKSUM_ALGORITHMS.filter(isCrc)) {
          const sums = parts.map((part) => ({ checksum: digest(algorithm, part), size: part.length }));
          expect(wholeChecksum(algorithm, sums)).toBe(digest(algorithm, ...parts));
        }
      }),
    );
  });

  it('of a composite are those of the checksums', () => {
    const parts = ['one', 'two'].map((text) => ({ checksum: digest('SHA256', Buffer.from(text)) }));
    const bytes = parts.map(({ checksum }) => Buffer.from(checksum, 'base64'));
    expect(compositeChecksum('SHA256', parts)).toBe(`${digest('SHA256', ...bytes)}-2`);
  });
});
