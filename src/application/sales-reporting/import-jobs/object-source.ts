import { PenstockError } from '../../../domain/errors.js';
import type { ObjectStore } from '../../../domain/ports/object-store.port.js';
import type { ImportOrder } from '../../../domain/sales-reporting/import-order.js';
import type { CsvSource } from '../imports/csv-import.js';

/** The object of an order, as it is now: should it change meanwhile, the import fails. @throws PenstockError `object.unknown` */
export async function objectSource(store: ObjectStore, { key, source }: ImportOrder): Promise<CsvSource> {
  const head = await store.head(key);
  if (head === undefined) throw new PenstockError('object.unknown', `There is no object "${key}".`);
  const { etag, size } = head;
  return { name: source, size, isRepeatable: true, open: () => bytesOf(store, key, etag) };
}

async function* bytesOf(store: ObjectStore, key: string, ifMatch: string): AsyncGenerator<Uint8Array> {
  const content = await store.read(key, { ifMatch });
  if (content === 'unmodified') return; // cannot be: no tag to compare with was given
  try {
    yield* content.body;
  } finally {
    content.body.destroy();
  }
}
