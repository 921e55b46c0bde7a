import type { StoredObject } from '../../domain/ports/object-store.port.js';

/** What was stored, as the clients of the DWH Helper know it. */
export interface ObjectReceipt {
  readonly key: string;
  readonly etag: string;
  /** Null where the bucket keeps no versions. */
  readonly version_id: string | null;
  /** Bytes of the whole object. */
  readonly size: number;
}

export function receiptOf({ key, etag, versionId, size }: StoredObject): ObjectReceipt {
  return { key, etag, version_id: versionId ?? null, size };
}
