import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import protobuf from 'protobufjs/minimal.js';

const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
/** Numbers of fields, in the form that protobuf writes them in front: lengths follow all but the index. */
const KEY_TABLE = (1 << 3) | 2;
const RECORDS = (3 << 3) | 2;
const KEY_INDEX = 1 << 3;
const DATA = (3 << 3) | 2;

/** Records of one partition key as one, in the aggregated format of the Kinesis Producer Library, which consumers undo. */
export function packedRecord(partitionKey: string, records: readonly Uint8Array[]): Uint8Array {
  const writer = protobuf.Writer.create().uint32(KEY_TABLE).string(partitionKey);
  for (const data of records) {
    writer.uint32(RECORDS).fork().uint32(KEY_INDEX).uint32(0).uint32(DATA).bytes(data).ldelim();
  }
  const message = writer.finish();
  return Buffer.concat([MAGIC, message, createHash('md5').update(message).digest()]);
}
