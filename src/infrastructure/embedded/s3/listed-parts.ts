import { AwsError } from '../aws/aws-error.js';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from './checksum-algorithms.js';
import { bareEtag } from './conditions.js';
import { S3_LIMITS } from './limits.js';
import type { PartRecord, UploadRecord } from './records.js';
import { invalidRequest, malformedXml } from './s3-errors.js';
import { childrenOf, childText, readXml, type XmlNode } from './xml-reader.js';

/** A part as the client lists it to complete an upload. */
export interface ListedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** @throws AwsError `MalformedXML`, `InvalidPartOrder` */
export function listedParts(text: string): ListedPart[] {
  const parts = childrenOf(readXml(text, 'CompleteMultipartUpload'), 'Part').map(listedPart);
  if (parts.length === 0 || parts.length > S3_LIMITS.parts) throw malformedXml();
  if (parts.every(({ number }, at) => at === 0 || number > (parts[at - 1]?.number ?? 0))) return parts;
  const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
  throw new AwsError('InvalidPartOrder', message);
}

function listedPart(part: XmlNode): ListedPart {
  const [number, etag] = [childText(part, 'PartNumber'), childText(part, 'ETag')];
  if (number === undefined || !/^\d{1,5}$/.test(number) || etag === undefined) throw malformedXml();
  const checksums = CHECKSUM_ALGORITHMS.flatMap((algorithm): [ChecksumAlgorithm, string][] => {
    const value = childText(part, `Checksum${algorithm}`);
    return value === undefined ? [] : [[algorithm, value]];
  });
  return { number: Number(number), etag: bareEtag(etag), checksums: new Map(checksums) };
}

/** The parts that make up the object. @throws AwsError `InvalidPart`, `InvalidRequest`, `EntityTooSmall` */
export function chosenParts(
  upload: UploadRecord,
  uploaded: readonly PartRecord[],
  listed: readonly ListedPart[],
): PartRecord[] {
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  const chosen = listed.map((wanted) => {
    checkComposite(upload, wanted);
    const part = byNumber.get(wanted.number);
    if (part && isSame(part, wanted)) return part;
    const message =
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    throw new AwsError('InvalidPart', message, 400, { PartNumber: String(wanted.number), ETag: wanted.etag });
  });
  for (const part of chosen.slice(0, -1)) checkSize(part);
  return chosen;
}

/** What is made of the parts' checksums needs the client to have checked them. */
function checkComposite({ checksum }: UploadRecord, { number, checksums }: ListedPart): void {
  if (checksum?.type !== 'COMPOSITE' || checksums.has(checksum.algorithm)) return;
  throw invalidRequest(
    `The upload was created using a ${checksum.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
  );
}

function isSame(part: PartRecord, { etag, checksums }: ListedPart): boolean {
  const checksum = part.algorithm && checksums.get(part.algorithm);
  return part.etag === etag && (checksum === undefined || checksum === part.checksum);
}

function checkSize({ size, number, etag }: PartRecord): void {
  if (size >= S3_LIMITS.minPartBytes) return;
  throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', 400, {
    ProposedSize: String(size),
    MinSizeAllowed: String(S3_LIMITS.minPartBytes),
    PartNumber: String(number),
    ETag: etag,
  });
}
