/** APPNOTE.TXT 6.3.10: the records of a zip archive that is written without knowing sizes beforehand. */
const LOCAL = 0x0403_4b50;
const DESCRIPTOR = 0x0807_4b50;
const CENTRAL = 0x0201_4b50;
const END = 0x0605_4b50;
const END_64 = 0x0606_4b50;
const LOCATOR_64 = 0x0706_4b50;

const VERSION = 20;
const VERSION_64 = 45;
/** Made on Unix: the upper half of the attributes is a file's mode. */
const MADE_BY_UNIX = 3 << 8;
const REGULAR_FILE = (0o100_644 << 16) >>> 0;
/** Sizes and CRC follow behind the data; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATED = 8;
/** 1980-01-01, the first day a zip can name: an archive of the same content is the same archive. */
const DATE = 0x0021;
const EXTRA_64 = 0x0001;
const IN_EXTRA = 0xffff_ffff;
const IN_EXTRA_16 = 0xffff;

/** An entry that was written. */
export interface ZipEntry {
  readonly name: string;
  /** Whether sizes are written with 64 bits, which must be decided before they are known. */
  readonly isLarge: boolean;
  readonly offset: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
}

export function localHeader({ name, isLarge }: Pick<ZipEntry, 'name' | 'isLarge'>): Buffer {
  const path = Buffer.from(name);
  // Readers take the sizes from the descriptor; this field tells them how wide they are there.
  const extra = isLarge ? extra64([0, 0]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(isLarge ? VERSION_64 : VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt16LE(DEFLATED, 8);
  header.writeUInt16LE(DATE, 12);
  if (isLarge) header.fill(0xff, 18, 26);
  header.writeUInt16LE(path.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, path, extra]);
}

export function descriptor({ crc, compressedBytes, bytes, isLarge }: ZipEntry): Buffer {
  const record = Buffer.alloc(isLarge ? 24 : 16);
  record.writeUInt32LE(DESCRIPTOR, 0);
  record.writeUInt32LE(crc, 4);
  if (isLarge) {
    record.writeBigUInt64LE(BigInt(compressedBytes), 8);
    record.writeBigUInt64LE(BigInt(bytes), 16);
  } else {
    record.writeUInt32LE(compressedBytes, 8);
    record.writeUInt32LE(bytes, 12);
  }
  return record;
}

/** The list of all entries, and its end; with the records of zip64 where something does not fit into 32 bits. */
export function directory(entries: readonly ZipEntry[], offset: number): Buffer {
  const list = Buffer.concat(entries.map(centralHeader));
  const isLarge = offset > IN_EXTRA - 1 || entries.length > IN_EXTRA_16 - 1;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(isLarge ? IN_EXTRA_16 : entries.length, 8);
  end.writeUInt16LE(isLarge ? IN_EXTRA_16 : entries.length, 10);
  end.writeUInt32LE(isLarge ? IN_EXTRA : list.length, 12);
  end.writeUInt32LE(isLarge ? IN_EXTRA : offset, 16);
  return Buffer.concat([list, ...(isLarge ? [end64(entries.length, list.length, offset)] : []), end]);
}

function centralHeader({ name, isLarge, offset, crc, compressedBytes, bytes }: ZipEntry): Buffer {
  const path = Buffer.from(name);
  const isFar = offset >= IN_EXTRA;
  const is64 = isLarge || isFar;
  const extra = is64
    ? extra64([...(isLarge ? [bytes, compressedBytes] : []), ...(isFar ? [offset] : [])])
    : Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(CENTRAL, 0);
  header.writeUInt16LE(MADE_BY_UNIX | (is64 ? VERSION_64 : VERSION), 4);
  header.writeUInt16LE(is64 ? VERSION_64 : VERSION, 6);
  header.writeUInt16LE(FLAGS, 8);
  header.writeUInt16LE(DEFLATED, 10);
  header.writeUInt16LE(DATE, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(isLarge ? IN_EXTRA : compressedBytes, 20);
  header.writeUInt32LE(isLarge ? IN_EXTRA : bytes, 24);
  header.writeUInt16LE(path.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(REGULAR_FILE, 38);
  header.writeUInt32LE(isFar ? IN_EXTRA : offset, 42);
  return Buffer.concat([header, path, extra]);
}

function extra64(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(EXTRA_64, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + index * 8));
  return extra;
}

function end64(count: number, listBytes: number, offset: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(END_64, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(MADE_BY_UNIX | VERSION_64, 12);
  record.writeUInt16LE(VERSION_64, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(listBytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(LOCATOR_64, 56);
  record.writeBigUInt64LE(BigInt(offset + listBytes), 64);
  record.writeUInt32LE(1, 72);
  return record;
}
