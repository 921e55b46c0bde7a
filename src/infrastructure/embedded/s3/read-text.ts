import { MAX_XML_BYTES } from './limits.js';
import { announcedDigests, PayloadDigests } from './payload-digests.js';
import type { S3Request } from './s3-request.js';

/** The XML a request brings, held against the digests it announces. @throws AwsError */
export async function readText({ body, headers }: S3Request): Promise<string> {
  const digests = new PayloadDigests(announcedDigests(headers));
  const pieces: Buffer[] = [];
  for await (const piece of body.pieces(MAX_XML_BYTES)) {
    digests.update(piece);
    pieces.push(piece);
  }
  digests.finish(body.trailers);
  return Buffer.concat(pieces).toString('utf8');
}
