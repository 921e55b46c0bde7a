import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { ExportContent } from '../../../application/warehouse-loading/appmetrica/export-content.js';
import { FinishExportCommand } from '../../../application/warehouse-loading/appmetrica/finish-export.command.js';
import { ReadExportQuery } from '../../../application/warehouse-loading/appmetrica/read-export.query.js';
import type { ExportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { requireNoFile, saveContent, STANDARD_STREAM } from '../objects/content-file.js';
import { Progress } from '../progress.js';
import { exportText, progressText } from './export-text.js';

export interface OutputOptions {
  /** Left out: a file with the export's own name. */
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Sees an export to its end, and brings its content to where it was asked for. */
@Injectable()
export class FinishedExport {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {}

  /** Before anything is asked for: hours of work should not end at a file that is in the way. */
  async requirePlace({ output, force = false }: OutputOptions): Promise<void> {
    if (output !== undefined && output !== STANDARD_STREAM && !force) await requireNoFile(output);
  }

  async bring({ id }: ExportView, options: OutputOptions): Promise<void> {
    await interruptible(async (signal) => {
      const view = await this.finish(id, signal);
      const content = await this.queries.execute(new ReadExportQuery(id));
      if (view.result?.object !== undefined) {
        answer(view, exportText(view), options.json);
        return;
      }
      await this.write(view, content, { ...options, signal });
    });
  }

  private async finish(id: string, signal: AbortSignal): Promise<ExportView> {
    const told = (view: ExportView): void => this.progress.note(progressText(view));
    const view = await this.progress.during('Exporting', () =>
      this.commands.execute(new FinishExportCommand(id, { signal, told })),
    );
    if (!signal.aborted) return view;
    process.stderr.write(`penstock: go on with: penstock export appmetrica resume ${id}\n`);
    throw signal.reason;
  }

  private async write(
    view: ExportView,
    content: ExportContent,
    { output = content.fileName, force = false, json, signal }: OutputOptions & { readonly signal: AbortSignal },
  ): Promise<void> {
    const bytes = await content.open();
    const body = bytes instanceof Readable ? bytes : Readable.from(bytes, { objectMode: false });
    await this.progress.during(`Writing ${output}`, async () => {
      if (output === STANDARD_STREAM) await pipeline(body, process.stdout, { end: false, signal });
      else await saveContent(body, output, { force, signal });
    });
    if (output === STANDARD_STREAM) return;
    answer({ ...view, file: output }, [...exportText(view), `Written to ${output}.`], json);
  }
}
