import type { ObjectReceipt } from '../../../application/warehouse-loading/object-receipt.js';
import { textRecord } from '../text-table.js';

export function receiptText({ key, size, etag, version_id: version }: ObjectReceipt): string[] {
  return textRecord({ key, size, etag, version: version ?? undefined });
}
