import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ExportAmplitudeQuery } from '../../../application/warehouse-loading/export-amplitude.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { EXPORT_SOURCES, type ExportSource } from '../../../domain/warehouse-loading/amplitude/export-range.js';
import { answer, JSON_FLAGS } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { refuseToReplace, writeOutput } from './write-output.js';

interface Options {
  readonly start: string;
  readonly end: string;
  readonly source: ExportSource;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const STDOUT = '-';

@SubCommand({
  name: 'amplitude',
  description: 'Download events of Amplitude as a zip of NDJSON by ISO week; what was downloaded before is not again',
})
export class ExportAmplitudeCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], options: Options): Promise<void> {
    const { output, json, force = false } = options;
    if (output === STDOUT && json === true) {
      throw new PenstockError('request.invalid', 'The archive and the JSON of --json cannot both go to stdout.');
    }
    await interruptible(async (signal) => {
      if (output !== undefined && output !== STDOUT) await refuseToReplace({ path: output, force });
      const archive = await this.gather(options, signal);
      if (output === STDOUT) {
        await pipeline(Readable.from(archive.content, { objectMode: false }), process.stdout, { signal, end: false });
        return;
      }
      const path = output ?? archive.name;
      const bytes = await this.progress.during(`Writing ${path}`, () =>
        writeOutput(archive.content, { path, force, signal }),
      );
      answer({ file: path, bytes, ...archive.totals }, [`${path}: ${bytes} bytes`, ...lines(archive.totals)], json);
    });
  }

  private gather({ start, end, source }: Options, signal: AbortSignal) {
    return this.progress.during('Downloading', () => {
      const onProgress = ({ hours, finished }: { hours: number; finished: number }): void =>
        this.progress.tell(`Downloading: ${finished} of ${hours} hours`);
      return this.queries.execute(new ExportAmplitudeQuery({ start, end, source }, { signal, onProgress }));
    });
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

  @Option({
    flags: '-o, --output <file>',
    description: 'Where to write; - is stdout (default: {isoYear}_week_{ww}.zip)',
  })
  parseOutput(text: string): string {
    return text;
  }

  @Option({ flags: '--force', description: 'Replace a file that is there' })
  parseForce(): boolean {
    return true;
  }

  @Option({ flags: JSON_FLAGS, description: 'Print JSON' })
  parseJson(): boolean {
    return true;
  }
}

function lines(totals: object): string[] {
  return Object.entries(totals).map(([name, value]) => `${name.replaceAll('_', ' ')}: ${shown(value)}`);
}

function shown(value: unknown): string {
  return Array.isArray(value) ? String(value.length) : JSON.stringify(value);
}
