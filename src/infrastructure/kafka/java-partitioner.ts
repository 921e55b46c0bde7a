/**
 * The partition of a key as the Java client chooses it, so that records of one key stay together whoever writes them.
 *
 * @see org.apache.kafka.clients.producer.internals.BuiltInPartitioner
 */
export function javaPartition(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7f_ff_ff_ff) % partitions;
}

const M = 0x5b_d1_e9_95;
const SEED = 0x97_47_b2_8c;

/** MurmurHash2, 32 bits, with the seed of org.apache.kafka.common.utils.Utils; signed. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const whole = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(wordAt(data, at, 4), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (whole < length) hash = Math.imul(hash ^ wordAt(data, whole, length - whole), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** Little-endian, of the next one to four bytes. */
function wordAt(data: Uint8Array, at: number, count: number): number {
  let word = 0;
  for (let byte = 0; byte < count; byte += 1) word |= (data[at + byte] ?? 0) << (8 * byte);
  return word;
}
