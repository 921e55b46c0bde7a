import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PenstockError } from '../../domain/errors.js';
import type { PartBody } from '../../domain/ports/appmetrica-logs.port.js';
import type {
  ContentFacts,
  StoredContent,
  PartPlace,
  PartSpool,
  PublishedContent,
} from '../../domain/ports/part-spool.port.js';
import { CHUNK_BYTES, codeOf, uncompressed, writeWhole, written } from './spool-files.js';

/** A folder's name, and nothing that leads out of ours. */
const JOB = /^[A-Za-z0-9_-]{1,128}$/;
/** Names the file with the content: of several that were written, the one that is meant. */
const MANIFEST = 'content.json';
const PART = /^(\d+)\.(gzip|identity)$/;
const PRIVATE = 0o700;

interface Manifest extends PublishedContent {
  readonly file: string;
}

/** Parts and contents in a folder per job: `parts-8/3.gzip`, `content.json` and the file that it names. */
export class DiskPartSpool implements PartSpool {
  constructor(private readonly folder: string) {}

  async parts(job: string, parts: number): Promise<ReadonlySet<number>> {
    const names = await namesIn(this.split(job, parts));
    return new Set(names.flatMap((name) => PART.exec(name)?.[1] ?? []).map(Number));
  }

  async keep(
    { job, parts, part }: PartPlace,
    { encoding, bytes }: PartBody,
    inspect: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void> {
    const split = this.split(job, parts);
    await mkdir(split, { recursive: true, mode: PRIVATE });
    await this.clear(job, (name) => name.startsWith('parts-') && name !== `parts-${parts}`);
    await writeWhole(join(split, `${part}.${encoding}`), async (file) => {
      await inspect(uncompressed(written(bytes, file), encoding));
    });
  }

  async *read({ job, parts, part }: PartPlace): AsyncGenerator<Uint8Array> {
    const split = this.split(job, parts);
    const names = await namesIn(split);
    const name = names.find((each) => PART.exec(each)?.[1] === String(part));
    if (name === undefined)
      throw new PenstockError('vendor.broken', `Part ${part} of the export is no longer on disk.`);
    const encoding = name.endsWith('.gzip') ? 'gzip' : 'identity';
    yield* uncompressed(createReadStream(join(split, name), { highWaterMark: CHUNK_BYTES }), encoding);
  }

  async publish(job: string, content: AsyncIterable<Uint8Array>, facts: () => ContentFacts): Promise<PublishedContent> {
    const folder = this.of(job);
    await mkdir(folder, { recursive: true, mode: PRIVATE });
    const file = `content-${randomUUID()}`;
    const hash = createHash('sha256');
    let bytes = 0;
    await writeWhole(join(folder, file), async (handle) => {
      for await (const chunk of written(content, handle)) {
        hash.update(chunk);
        bytes += chunk.byteLength;
      }
    });
    const published = { ...facts(), bytes, sha256: hash.digest('hex'), host: hostname() };
    const manifest: Manifest = { ...published, file };
    await writeWhole(join(folder, MANIFEST), (handle) => handle.writeFile(JSON.stringify(manifest)));
    await this.clear(job, (name) => name.startsWith('parts-'));
    return published;
  }

  async open(job: string): Promise<StoredContent | undefined> {
    const manifest = await this.manifest(job);
    if (manifest === undefined) return undefined;
    const { file, ...content } = manifest;
    const path = join(this.of(job), file);
    const size = await stat(path).then(
      ({ size: bytes }) => bytes,
      () => -1,
    );
    return size === content.bytes
      ? { content, read: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }) }
      : undefined;
  }

  async remove(job: string): Promise<void> {
    if (JOB.test(job)) await rm(this.of(job), { recursive: true, force: true, maxRetries: 3 });
  }

  async sweep(untouchedForMs: number, isKnown: (job: string) => Promise<boolean>): Promise<number> {
    let removed = 0;
    for (const job of (await namesIn(this.folder)).filter((name) => JOB.test(name))) {
      // One that is gone meanwhile was swept by another process.
      const touchedAtMs = await stat(this.of(job)).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      );
      if (Date.now() - touchedAtMs <= untouchedForMs || (await isKnown(job))) continue;
      await this.remove(job);
      removed += 1;
    }
    return removed;
  }

  private async manifest(job: string): Promise<Manifest | undefined> {
    if (!JOB.test(job)) return undefined;
    try {
      return JSON.parse(await readFile(join(this.of(job), MANIFEST), 'utf8')) as Manifest; // written by us, whole
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw cause;
    }
  }

  private async clear(job: string, isOver: (name: string) => boolean): Promise<void> {
    const over = (await namesIn(this.of(job))).filter(isOver);
    await Promise.all(
      over.map((name) => rm(join(this.of(job), name), { recursive: true, force: true, maxRetries: 3 })),
    );
  }

  private split(job: string, parts: number): string {
    return join(this.of(job), `parts-${parts}`);
  }

  private of(job: string): string {
    if (!JOB.test(job)) throw new PenstockError('export.unknown', 'There is no such export.');
    return join(this.folder, job);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw cause;
  }
}
