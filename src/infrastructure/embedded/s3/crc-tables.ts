/**
 * Tables for reflected CRCs that take several bytes at a step ("slicing-by-N", Kounavis and Berry 2005): table k holds
 * what a byte has become once k more zero bytes have followed it.
 */
export function crcTables(polynomial: bigint, slices: number): bigint[][] {
  const first = Array.from({ length: 256 }, (_, byte) => {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    return crc;
  });
  const tables = [first];
  while (tables.length < slices) {
    const before = tables.at(-1) ?? first;
    tables.push(before.map((crc) => (first[Number(crc & 0xffn)] ?? 0n) ^ (crc >> 8n)));
  }
  return tables;
}
