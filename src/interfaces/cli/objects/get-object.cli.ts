import { pipeline } from 'node:stream/promises';
import { QueryBus } from '@nestjs/cqrs';
import { InvalidArgumentError } from 'commander';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { Readable } from 'node:stream';
import { type ObjectReading, ReadObjectQuery } from '../../../application/warehouse-loading/read-object.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { parseRange } from '../../../domain/warehouse-loading/byte-range.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { Progress } from '../progress.js';
import { textRecord } from '../text-table.js';
import { requireNoFile, saveContent, STANDARD_STREAM, told } from './content-file.js';
import { FORCE_OPTION, JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly range?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

type Content = Extract<ObjectReading, { isUnmodified: false }>;

@SubCommand({
  name: 'get',
  arguments: '<key> [file]',
  description: 'Download an object to a file, by default of the same name; - is the standard output',
})
@SharedOptions(FORCE_OPTION, JSON_OPTION)
export class GetObjectCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([key = '', given]: string[], { range, force = false, json }: Options): Promise<void> {
    const file = given ?? fileOf(key);
    if (file !== STANDARD_STREAM && !force) await requireNoFile(file);
    const { etag, length } = await this.progress.during(`Downloading ${key}`, () =>
      interruptible(async (signal) => {
        const content = await this.read(key, range, signal);
        await this.save(content, file, { force, signal });
        return content;
      }),
    );
    if (file === STANDARD_STREAM) return;
    const result = { key, file, etag, size: length };
    answer(result, textRecord(result), json);
  }

  private async read(key: string, range: string | undefined, signal: AbortSignal): Promise<Content> {
    const query = new ReadObjectQuery(key, range === undefined ? {} : { range }, signal);
    const reading = await this.queries.execute(query);
    if (!reading.isUnmodified) return reading;
    throw new PenstockError('internal.defect', 'An object was unmodified that nobody had before.');
  }

  private async save({ body, length }: Content, file: string, options: { force: boolean; signal: AbortSignal }) {
    const source = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
    const tell = (bytes: number): void => this.progress.note(`Downloading, ${percent(bytes, length)} %`);
    if (file !== STANDARD_STREAM) return saveContent(source, file, { ...options, tell });
    await pipeline(source, (content) => told(content, tell), process.stdout, { end: false, signal: options.signal });
  }

  @Option({ flags: '-r, --range <range>', description: 'Only these bytes, such as bytes=0-99 or bytes=-100' })
  parseRange(text: string): string {
    const range = text.includes('=') ? text : `bytes=${text}`;
    // A server may answer the whole to what it cannot read; nobody who asks for a part wants that in a file.
    if (parseRange(range) !== undefined) return range;
    throw new InvalidArgumentError('It is one range of bytes, such as 0-99, 100- or -100.');
  }
}

/** A key may hold what is a path to somewhere else on this machine: only its last part names a file. */
function fileOf(key: string): string {
  const name = key.split('/').findLast(Boolean);
  if (name !== undefined) return name;
  throw new PenstockError('request.invalid', 'This key names no file; say where to write it.');
}

function percent(bytes: number, length: number): number {
  return length === 0 ? 100 : Math.floor((bytes / length) * 100);
}
