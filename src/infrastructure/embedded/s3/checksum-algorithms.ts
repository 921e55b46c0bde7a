import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CRC32C_POLYNOMIAL, crc32c } from './crc32c.js';
import { CRC64NVME_POLYNOMIAL, Crc64Nvme } from './crc64nvme.js';
import { CrcCombination } from './crc-combine.js';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** A digest in the making. */
export interface Digest {
  update(bytes: Uint8Array): unknown;
  digest(): Buffer;
}

const CRC32_POLYNOMIAL = 0xedb88320n;

interface Kind {
  readonly bytes: number;
  readonly start: () => Digest;
  /** Only a CRC of a whole can be had from those of its parts. */
  readonly polynomial?: bigint;
}

const KINDS: Readonly<Record<ChecksumAlgorithm, Kind>> = {
  CRC32: { bytes: 4, start: () => new Crc32(crc32), polynomial: CRC32_POLYNOMIAL },
  CRC32C: { bytes: 4, start: () => new Crc32(crc32c), polynomial: CRC32C_POLYNOMIAL },
  CRC64NVME: { bytes: 8, start: () => new Crc64Nvme(), polynomial: CRC64NVME_POLYNOMIAL },
  SHA1: { bytes: 20, start: () => createHash('sha1') },
  SHA256: { bytes: 32, start: () => createHash('sha256') },
};

class Crc32 implements Digest {
  private crc = 0;

  constructor(private readonly add: (bytes: Uint8Array, crc: number) => number) {}

  update(bytes: Uint8Array): void {
    this.crc = this.add(bytes, this.crc);
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.crc);
    return bytes;
  }
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(name);
}

export function startDigest(algorithm: ChecksumAlgorithm): Digest {
  return KINDS[algorithm].start();
}

/** `x-amz-checksum-crc32` and its likes. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Whether a text can be a value of the algorithm, in base64. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KINDS[algorithm].bytes && bytes.toString('base64') === text;
}

export function isCrc(algorithm: ChecksumAlgorithm): boolean {
  return KINDS[algorithm].polynomial !== undefined;
}

/** The checksum of an object as a whole, from those of its parts, in base64. Only CRCs allow for it. */
export function wholeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly checksum: string; readonly size: number }[],
): string {
  const { bytes, polynomial = 0n } = KINDS[algorithm];
  const combination = new CrcCombination(polynomial, bytes === 4 ? 32 : 64);
  const whole = parts.reduce(
    (crc, part) =>
      combination.combine(crc, BigInt(`0x${Buffer.from(part.checksum, 'base64').toString('hex')}`), part.size),
    0n,
  );
  return Buffer.from(whole.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64');
}

/** The checksum of the parts' checksums, in base64, with their number. */
export function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly { readonly checksum: string }[],
): string {
  const digest = startDigest(algorithm);
  digest.update(Buffer.concat(parts.map(({ checksum }) => Buffer.from(checksum, 'base64'))));
  return `${digest.digest().toString('base64')}-${parts.length}`;
}
