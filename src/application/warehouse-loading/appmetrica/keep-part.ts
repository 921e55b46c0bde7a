import { PenstockError } from '../../../domain/errors.js';
import type { PartBody } from '../../../domain/ports/appmetrica-logs.port.js';
import type { PartPlace } from '../../../domain/ports/part-spool.port.js';
import { fetchPercent } from '../../../domain/warehouse-loading/appmetrica/export-progress.js';
import type { ExportRequest } from '../../../domain/warehouse-loading/appmetrica/export-request.js';
import { glueFor } from '../../../domain/warehouse-loading/appmetrica/glue-for.js';
import type { FetchPorts } from './export-ports.js';

/** Spools a part as it comes, and looks through it meanwhile: one that is not whole is not kept. */
export async function keepPart(
  { spool, told, limits, signal }: FetchPorts,
  place: PartPlace,
  { body, request }: { readonly body: PartBody; readonly request: ExportRequest },
): Promise<void> {
  const { rows, bytes, fetched } = told.progress;
  told.tell({ phase: 'downloading' });
  const glue = glueFor(request);
  let read = 0;
  await spool.keep(place, body, async (content) => {
    glue.beginPart();
    for await (const chunk of content) {
      signal.throwIfAborted();
      glue.push(chunk);
      read += chunk.byteLength;
      if (bytes + read > limits.maxBytes) throw tooLarge(limits.maxBytes);
    }
    glue.endPart();
  });
  const percent = fetchPercent(fetched + 1, place.parts);
  told.tell({ phase: 'preparing', rows: rows + glue.rows, bytes: bytes + read, fetched: fetched + 1, percent });
}

function tooLarge(maxBytes: number): PenstockError {
  return new PenstockError('export.too-large', `The export has more than the ${maxBytes} bytes it may have.`);
}
