import { PenstockError } from '../../../domain/errors.js';
import type { WarehouseImports } from '../../../domain/ports/warehouse-imports.port.js';
import { ByteFeed } from './byte-feed.js';
import type { CsvImport } from './csv-import.js';

const DISCARD_BYTES = 1_048_576;

/**
 * Refuses a file that was imported before, without loading it first; it is hashed only where an import of just as many bytes
 * is known. What cannot be read twice, or is packed, is found out at the end, by the import itself.
 *
 * @throws PenstockError `import.duplicate`
 */
export async function refuseEarlier(
  imports: WarehouseImports,
  { source, table }: CsvImport,
  signal?: AbortSignal,
): Promise<void> {
  if (!source.isRepeatable || source.size === undefined) return;
  const content = { bytes: source.size };
  if ((await imports.findEarlier(table, content)) === undefined) return;
  const earlier = await imports.findEarlier(table, { ...content, sha256: await hashOf(source.open(), signal) });
  if (earlier === undefined) return;
  const message = `This content is in "${table}" already, by the import ${earlier.id}; nothing was imported.`;
  throw new PenstockError('import.duplicate', message);
}

async function hashOf(bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<string> {
  const feed = new ByteFeed(bytes, signal);
  const into = new Uint8Array(DISCARD_BYTES);
  while ((await feed.read(into, 0, DISCARD_BYTES)) > 0);
  return feed.sha256();
}
