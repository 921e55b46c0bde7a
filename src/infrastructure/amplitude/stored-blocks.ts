import { crc32 } from 'node:zlib';
import { LAST_BLOCK } from './joined-deflate.js';
import type { EntryData } from './zip-stream.js';

/** RFC 1951, 3.2.4: the length of a stored block has 16 bits. */
const MAX_BLOCK = 0xffff;

/** Bytes as they are, as a deflate stream: its end can be told without knowing its length beforehand. */
export async function* storedBlocks(source: AsyncIterable<Uint8Array>): EntryData {
  let [crc, bytes] = [0, 0];
  for await (const chunk of source) {
    crc = crc32(chunk, crc);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length; at += MAX_BLOCK) yield storedBlock(chunk.subarray(at, at + MAX_BLOCK));
  }
  yield LAST_BLOCK;
  return { crc, bytes };
}

function storedBlock(content: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(5 + content.length);
  block[0] = 0;
  block.writeUInt16LE(content.length, 1);
  block.writeUInt16LE(content.length ^ MAX_BLOCK, 3);
  block.set(content, 5);
  return block;
}
