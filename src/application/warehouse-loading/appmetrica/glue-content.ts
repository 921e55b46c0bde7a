import { PenstockError } from '../../../domain/errors.js';
import type { PartSpool } from '../../../domain/ports/part-spool.port.js';
import type { Job } from '../../../domain/shared/job.js';
import { gluePercent } from '../../../domain/warehouse-loading/appmetrica/export-progress.js';
import { type ExportResult, requestOf } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { glueFor } from '../../../domain/warehouse-loading/appmetrica/glue-for.js';
import { glueParts } from '../../../domain/warehouse-loading/appmetrica/part-glue.js';
import type { ExportTold } from './export-told.js';

interface GluePorts {
  readonly spool: PartSpool;
  readonly told: ExportTold;
  readonly signal: AbortSignal;
}

/** Makes the content of an export of its parts, which are all here. */
export async function glueContent(ports: GluePorts, job: Job, parts: number): Promise<ExportResult> {
  const { spool, told } = ports;
  const glue = glueFor(requestOf(job));
  told.tell({ phase: 'gluing' });
  const content = watched(ports, glueParts(glue, partsOf(spool, job.id, parts)));
  try {
    return await spool.publish(job.id, content, () => ({ rows: glue.rows, parts }));
  } catch (cause) {
    // Parts that do not fit one another, or that the disk has damaged, are of no use to another try.
    if (cause instanceof PenstockError && cause.code === 'vendor.broken') await spool.remove(job.id);
    throw cause;
  }
}

async function* partsOf(spool: PartSpool, job: string, parts: number): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (let part = 0; part < parts; part += 1) yield spool.read({ job, parts, part });
}

async function* watched({ told, signal }: GluePorts, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { bytes: all } = told.progress;
  let bytes = 0;
  for await (const chunk of content) {
    signal.throwIfAborted();
    yield chunk;
    bytes += chunk.byteLength;
    const percent = gluePercent(bytes, all);
    if (percent !== told.progress.percent) told.tell({ phase: 'gluing', percent });
  }
}
