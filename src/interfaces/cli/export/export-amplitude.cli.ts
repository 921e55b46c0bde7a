import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { DeliverAmplitudeExportCommand } from '../../../application/warehouse-loading/deliver-amplitude-export.command.js';
import { ExportAmplitudeQuery } from '../../../application/warehouse-loading/export-amplitude.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { EXPORT_SOURCES, type ExportSource } from '../../../domain/warehouse-loading/amplitude/export-range.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { requireNoFile, saveContent, type SaveOptions, STANDARD_STREAM } from '../objects/content-file.js';
import { JSON_OPTION, outputOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly start: string;
  readonly end: string;
  readonly source: ExportSource;
  readonly destination?: 's3';
  readonly load?: boolean;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

@SubCommand({
  name: 'amplitude',
  description:
    'Export events of Amplitude to a zip of NDJSON by ISO week, the bucket or the seven tables; what is here already is not downloaded again',
})
@SharedOptions(...outputOptions('{isoYear}_week_{ww}.zip'), JSON_OPTION)
export class ExportAmplitudeCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], options: Options): Promise<void> {
    if (options.destination !== undefined || options.load === true) await this.deliver(options);
    else await this.download(options);
  }

  private async deliver({ destination, load, output, json, ...request }: Options): Promise<void> {
    if (output !== undefined) {
      throw new PenstockError(
        'request.invalid',
        'With --destination or --load no file is written; leave --output out.',
      );
    }
    const to = { bucket: destination === 's3', tables: load === true };
    const receipt = await interruptible((signal) =>
      this.progress.during('Downloading', () =>
        this.commands.execute(new DeliverAmplitudeExportCommand(request, to, { signal, onProgress: this.onProgress })),
      ),
    );
    answer(receipt, lines(receipt), json);
  }

  private async download(options: Options): Promise<void> {
    const { output, json, force = false } = options;
    if (output === STANDARD_STREAM && json === true) {
      throw new PenstockError('request.invalid', 'The archive and the JSON of --json cannot both go to stdout.');
    }
    if (output !== undefined && output !== STANDARD_STREAM && !force) await requireNoFile(output);
    await interruptible(async (signal) => {
      const archive = await this.gather(options, signal);
      const path = output ?? archive.name;
      const bytes = await this.progress.during(`Writing ${path}`, () => save(archive.content, path, { force, signal }));
      if (path === STANDARD_STREAM) return;
      answer({ file: path, bytes, ...archive.totals }, [`${path}: ${bytes} bytes`, ...lines(archive.totals)], json);
    });
  }

  private readonly onProgress = ({ hours, finished }: { hours: number; finished: number }): void =>
    this.progress.note(`Downloading: ${finished} of ${hours} hours`);

  private gather({ start, end, source }: Options, signal: AbortSignal) {
    const query = new ExportAmplitudeQuery({ start, end, source }, { signal, onProgress: this.onProgress });
    return this.progress.during('Downloading', () => this.queries.execute(query));
  }

  @Option({ flags: '--start <day>', description: 'First day, YYYYMMDD, or hour, YYYYMMDDTHH; UTC', required: true })
  parseStart(text: string): string {
    return text;
  }

  @Option({ flags: '--end <day>', description: 'Last day, YYYYMMDD, or hour, YYYYMMDDTHH; inclusive', required: true })
  parseEnd(text: string): string {
    return text;
  }

  @Option({ flags: '--source <source>', description: 'web or mobile: it selects the keys', required: true })
  parseSource(text: string): ExportSource {
    return parseWord(text, EXPORT_SOURCES);
  }

  @Option({ flags: '--destination <where>', description: 's3: store the archive in the bucket instead of a file' })
  parseDestination(text: string): 's3' {
    return parseWord(text, ['s3']);
  }

  @Option({ flags: '--load', description: 'Load the events into the seven tables instead of a file' })
  parseLoad(): boolean {
    return true;
  }
}

/** @returns the bytes that were written */
async function save(content: AsyncIterable<Uint8Array>, path: string, options: SaveOptions): Promise<number> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const { signal } = options;
  if (path === STANDARD_STREAM)
    await pipeline(counted(), process.stdout, { end: false, signal }).catch(interrupted(signal));
  else await saveContent(Readable.from(counted(), { objectMode: false }), path, options);
  return bytes;
}

/** Whatever broke on the way out, the signal is why. */
function interrupted(signal: AbortSignal): (error: unknown) => never {
  return (error) => {
    throw signal.aborted ? signal.reason : error;
  };
}

function lines(totals: object): string[] {
  return Object.entries(totals).map(([name, value]) => `${name.replaceAll('_', ' ')}: ${shown(value)}`);
}

function shown(value: unknown): string {
  return Array.isArray(value) ? String(value.length) : JSON.stringify(value);
}
