import { PenstockError } from '../../../domain/errors.js';
import type { Job } from '../../../domain/shared/job.js';
import { requestOf } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { glueFor } from '../../../domain/warehouse-loading/appmetrica/glue-for.js';
import type { FetchPorts } from './export-ports.js';

/** Parts that are here, and what is in them. */
export interface PartsHere {
  readonly here: ReadonlySet<number>;
  readonly rows: number;
  /** Uncompressed. */
  readonly bytes: number;
}

const NONE: PartsHere = { here: new Set(), rows: 0, bytes: 0 };

/**
 * What the disk has of an export: the progress that was told last may be older than it, for a process that dies tells
 * nothing more. Parts that cannot be read are thrown away, to be fetched again.
 */
export async function countParts(ports: FetchPorts, job: Job, parts: number): Promise<PartsHere> {
  const here = await ports.spool.parts(job.id, parts);
  try {
    return { here, ...(await contentOf(ports, job, { parts, here })) };
  } catch (cause) {
    if (!(cause instanceof PenstockError) || cause.code !== 'vendor.broken') throw cause;
    await ports.spool.remove(job.id);
    return NONE;
  }
}

async function contentOf(
  { spool, signal }: FetchPorts,
  job: Job,
  { parts, here }: { readonly parts: number; readonly here: ReadonlySet<number> },
): Promise<{ rows: number; bytes: number }> {
  const glue = glueFor(requestOf(job));
  let bytes = 0;
  for (const part of here) {
    glue.beginPart();
    for await (const chunk of spool.read({ job: job.id, parts, part })) {
      signal.throwIfAborted();
      glue.push(chunk);
      bytes += chunk.byteLength;
    }
    glue.endPart();
  }
  return { rows: glue.rows, bytes };
}
