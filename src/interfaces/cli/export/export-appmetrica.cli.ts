import { CommandBus } from '@nestjs/cqrs';
import { InvalidArgumentError } from 'commander';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { RequestExportCommand } from '../../../application/warehouse-loading/appmetrica/request-export.command.js';
import {
  DATE_DIMENSIONS,
  type DateDimension,
  EXPORT_DESTINATIONS,
  EXPORT_FORMATS,
  type ExportDestination,
  type ExportDraft,
  type ExportFormat,
} from '../../../domain/warehouse-loading/appmetrica/export-request.js';
import { answer } from '../answer.js';
import { requireSubCommand } from '../cli-program.js';
import { parseWhole, parseWord } from '../parse-option.js';
import { CancelExportCli } from './cancel-export.cli.js';
import { exportText } from './export-text.js';
import { FinishedExport, type OutputOptions } from './finished-export.js';
import { ListExportsCli } from './list-exports.cli.js';
import { ResumeExportCli } from './resume-export.cli.js';
import { JSON_OPTION, outputOptions, SharedOptions } from '../shared-options.js';

interface Options extends OutputOptions {
  readonly source?: string;
  readonly fields?: string[];
  readonly since?: string;
  readonly until?: string;
  readonly format?: ExportFormat;
  readonly application?: number;
  readonly dateDimension?: DateDimension;
  readonly filter?: Record<string, string>;
  readonly bom?: boolean;
  readonly skipUnavailable?: boolean;
  readonly fresh?: boolean;
  readonly parts?: number;
  readonly to?: ExportDestination;
  readonly key?: string;
  readonly overwrite?: boolean;
  readonly detach?: boolean;
}

const LOCAL = { caller: 'local' };

@SubCommand({
  name: 'appmetrica',
  description: 'Export from AppMetrica: ask, wait, and write the content to a file, stdout or the bucket',
  subCommands: [ResumeExportCli, ListExportsCli, CancelExportCli],
})
@SharedOptions(...outputOptions('a file named after the export'), JSON_OPTION)
export class ExportAppmetricaCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly finished: FinishedExport,
  ) {
    super();
  }

  override async run(args: string[], options: Options): Promise<void> {
    if (args.length > 0) requireSubCommand(this.command, args);
    await this.finished.requirePlace(options);
    const view = await this.commands.execute(new RequestExportCommand(this.draftOf(options), LOCAL));
    if (options.detach === true) answer(view, exportText(view), options.json);
    else await this.finished.bring(view, options);
  }

  private draftOf({ source, fields, ...options }: Options): ExportDraft {
    if (source === undefined || fields === undefined) this.command.error('error: say --source and --fields');
    const { since, until, application, filter, bom, skipUnavailable, to, ...rest } = options;
    const { format, dateDimension, fresh, parts, key, overwrite } = rest;
    const given = {
      format,
      dateDimension,
      fresh,
      parts,
      key,
      overwrite,
      dateSince: since,
      dateUntil: until,
      applicationId: application,
      filters: filter,
      useUtf8Bom: bom,
      skipUnavailableShards: skipUnavailable,
      destination: to,
    };
    const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return { source, fields, ...known };
  }

  @Option({ flags: '-s, --source <source>', description: 'events, installations, clicks, profiles, …' })
  parseSource(text: string): string {
    return text;
  }

  @Option({ flags: '-f, --fields <fields>', description: 'Fields, by commas' })
  parseFields(text: string): string[] {
    return text.split(',').map((name) => name.trim());
  }

  @Option({
    flags: '--since <time>',
    description: 'yyyy-mm-dd or "yyyy-mm-dd hh:mm:ss", in the time zone of the application',
  })
  parseSince(text: string): string {
    return text;
  }

  @Option({ flags: '--until <time>', description: 'The same, inclusive' })
  parseUntil(text: string): string {
    return text;
  }

  @Option({ flags: '--format <format>', description: 'csv or json (default: csv)' })
  parseFormat(text: string): ExportFormat {
    return parseWord(text, EXPORT_FORMATS);
  }

  @Option({ flags: '-a, --application <id>', description: 'Application (default: APPMETRICA_APPLICATION_ID)' })
  parseApplication(text: string): number {
    return parseWhole(text, { max: Number.MAX_SAFE_INTEGER });
  }

  @Option({ flags: '--date-dimension <dimension>', description: 'default, by the time on the device, or receive' })
  parseDateDimension(text: string): DateDimension {
    return parseWord(text, DATE_DIMENSIONS);
  }

  @Option({ flags: '--filter <field=value>', description: "A filter of the vendor's; more than one may be given" })
  parseFilter(text: string, before: Record<string, string> = {}): Record<string, string> {
    const at = text.indexOf('=');
    if (at < 1) throw new InvalidArgumentError('It is a field and a value, such as os_name=android.');
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  }

  @Option({ flags: '--bom', description: 'Begin a CSV with a byte order mark' })
  parseBom(): boolean {
    return true;
  }

  @Option({ flags: '--skip-unavailable', description: 'Rather miss up to 1 % of the rows than fail' })
  parseSkipUnavailable(): boolean {
    return true;
  }

  @Option({ flags: '--fresh', description: 'Have the vendor make the file anew' })
  parseFresh(): boolean {
    return true;
  }

  @Option({ flags: '--parts <number>', description: 'Parts to begin with (default: 1)' })
  parseParts(text: string): number {
    return parseWhole(text, { max: 65_536 });
  }

  @Option({ flags: '--to <destination>', description: 'service or s3, the bucket (default: service)' })
  parseTo(text: string): ExportDestination {
    return parseWord(text, EXPORT_DESTINATIONS);
  }

  @Option({ flags: '--key <key>', description: 'Of the object, with --to s3' })
  parseKey(text: string): string {
    return text;
  }

  @Option({ flags: '--overwrite', description: 'Replace an object that is there' })
  parseOverwrite(): boolean {
    return true;
  }

  @Option({ flags: '--detach', description: 'Only ask; a running service makes it, or `resume`' })
  parseDetach(): boolean {
    return true;
  }
}
