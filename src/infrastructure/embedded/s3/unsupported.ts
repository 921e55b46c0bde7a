import { AwsError } from '../aws/aws-error.js';
import { checkVersion } from './copy-source.js';
import { ACCOUNT } from './s3-context.js';
import { notImplemented } from './s3-errors.js';
import type { S3Request } from './s3-request.js';

/** Sub-resources of S3 that are not there: they are refused, never passed over. */
const SUBRESOURCES = [
  'accelerate',
  'acl',
  'analytics',
  'append',
  'cors',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'torrent',
  'versions',
  'website',
];

/** Headers, by the beginnings of their names, that ask for more than is to be had. */
const HEADERS = [
  'x-amz-bucket-object-lock-',
  'x-amz-copy-source-server-side-encryption-',
  'x-amz-grant-',
  'x-amz-mfa',
  'x-amz-object-lock-',
  'x-amz-object-ownership',
  'x-amz-rename-source',
  'x-amz-server-side-encryption',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
];

/** What bucket owners that enforce their ownership, as S3 has it unless told otherwise, let pass. */
const HARMLESS_ACLS = new Set(['private', 'bucket-owner-full-control']);

/** @throws AwsError `NotImplemented`, and what S3 says to lists of access rights and to other accounts */
export function refuseUnsupported({ query, headers }: S3Request): void {
  const subresource = SUBRESOURCES.find((name) => query.has(name));
  if (subresource !== undefined) throw notImplemented(subresource);
  const header = headers.names().find((name) => HEADERS.some((start) => name.startsWith(start)));
  if (header !== undefined) throw notImplemented(header);
  if ((headers.get('x-amz-storage-class') ?? 'STANDARD') !== 'STANDARD') throw notImplemented('x-amz-storage-class');
  if (!HARMLESS_ACLS.has(headers.get('x-amz-acl') ?? 'private')) {
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    if ((headers.get(name) ?? ACCOUNT) !== ACCOUNT) throw new AwsError('AccessDenied', 'Access Denied', 403);
  }
  checkVersion(query.get('versionId'));
}
