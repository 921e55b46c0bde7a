const POLYNOMIAL = 0xedb8_8320;
const BITS = 32;

/** A linear map of 32 bits, one column a bit. */
type Matrix = Uint32Array;

/** The CRC-32 of two runs of bytes behind one another, from theirs and the length of the second (as zlib's crc32_combine). */
export function crc32Combine(first: number, second: number, secondLength: number): number {
  let crc = first >>> 0;
  // Squared three times, the map of one zero bit is that of a zero byte.
  let zeros = squared(squared(squared(oneZeroBit())));
  for (let length = secondLength; length > 0; length = Math.floor(length / 2)) {
    if (length % 2 === 1) crc = times(zeros, crc);
    zeros = squared(zeros);
  }
  return (crc ^ second) >>> 0;
}

function oneZeroBit(): Matrix {
  return Uint32Array.from({ length: BITS }, (_, bit) => (bit === 0 ? POLYNOMIAL : 2 ** (bit - 1)));
}

function squared(matrix: Matrix): Matrix {
  return matrix.map((column) => times(matrix, column));
}

function times(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let bit = 0, rest = vector >>> 0; rest !== 0; bit += 1, rest >>>= 1) {
    if (rest & 1) sum ^= matrix[bit] ?? 0;
  }
  return sum >>> 0;
}
