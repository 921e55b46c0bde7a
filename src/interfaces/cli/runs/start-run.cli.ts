import { userInfo } from 'node:os';
import { CommandBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { CancelRunCommand } from '../../../application/workflow-gateway/cancel-run.command.js';
import { type RunStarter, StartWorkflowCommand } from '../../../application/workflow-gateway/start-workflow.command.js';
import { ERROR_KINDS, type ErrorCode, PenstockError } from '../../../domain/errors.js';
import type { RunView, WorkflowRequest } from '../../../domain/workflow-gateway/run-view.js';
import { answer } from '../answer.js';
import { interruptible } from '../interruptible.js';
import { parseIdempotencyKey, parseWhole } from '../parse-option.js';
import { Progress } from '../progress.js';
import { runText } from './run-text.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly sourceTables?: string[];
  readonly targetTable?: string;
  readonly idempotencyKey?: string;
  readonly wait?: number;
  readonly json?: boolean;
}

const SECOND_MS = 1000;
const MAX_WAIT_SECONDS = 960;

@SubCommand({
  name: 'start',
  arguments: '<prompt>',
  description: 'Start a workflow, and wait for its end; Ctrl-C ends the waiting, and the run with it',
})
@SharedOptions(JSON_OPTION)
export class StartRunCli extends CommandRunner {
  constructor(
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([prompt = '']: string[], options: Options): Promise<void> {
    const { sourceTables, targetTable, idempotencyKey, wait, json } = options;
    const request = {
      prompt,
      ...(sourceTables !== undefined && { source_tables: sourceTables }),
      ...(targetTable !== undefined && { target_table: targetTable }),
    };
    const starter = {
      caller: `cli:${userInfo().username}`,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(wait !== undefined && { waitMs: wait * SECOND_MS }),
    };
    const run = await this.progress.during('Running the workflow', () => this.start(request, starter));
    answer(run, runText(run), json);
    if (run.error !== undefined) throw new PenstockError(codeOf(run.error.code), run.error.message);
  }

  private start(request: WorkflowRequest, starter: RunStarter): Promise<RunView> {
    return interruptible(async (signal) => {
      const run = await this.commands.execute(new StartWorkflowCommand(request, { ...starter, signal }));
      if (signal.aborted) await this.commands.execute(new CancelRunCommand(run.run_id));
      signal.throwIfAborted();
      return run;
    });
  }

  @Option({ flags: '-s, --source-tables <names...>', description: 'Tables to read' })
  parseSourceTables(name: string, names: string[] = []): string[] {
    return [...names, name];
  }

  @Option({ flags: '-t, --target-table <name>', description: 'Table to write' })
  parseTargetTable(name: string): string {
    return name;
  }

  @Option({ flags: '--idempotency-key <key>', description: 'The same request with the same key is one run' })
  parseIdempotencyKey(text: string): string {
    return parseIdempotencyKey(text);
  }

  @Option({ flags: '-w, --wait <seconds>', description: 'Longest time to wait for the end (default: 950)' })
  parseWait(text: string): number {
    return parseWhole(text, { max: MAX_WAIT_SECONDS });
  }
}

function codeOf(code: string): ErrorCode {
  return code in ERROR_KINDS ? (code as ErrorCode) : 'internal.defect';
}
