import { text } from 'node:stream/consumers';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Command, CommandRunner, Option } from 'nest-commander';
import { RunQueryQuery } from '../../../application/stream-onboarding/run-query.query.js';
import { statementText } from '../../../application/workflow-gateway/answer-text.js';
import { RunStatementCommand } from '../../../application/workflow-gateway/run-statement.command.js';
import {
  GUARDED_ENGINES,
  type GuardedEngine,
  STATEMENT_MODES,
  type StatementMode,
} from '../../../domain/workflow-gateway/guarded-statement.js';
import { answer } from '../answer.js';
import { parseWhole, parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { type GuardedOptions, isGuarded, statementRequest } from './statement-request.js';
import { queryLines, statementLines } from './query-lines.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options extends GuardedOptions {
  readonly page?: number;
  readonly pageSize?: number;
  readonly json?: boolean;
}

@Command({
  name: 'query',
  arguments: '<sql>',
  description: 'Run one statement against the warehouse; - reads it from stdin',
})
@SharedOptions(JSON_OPTION)
export class RunQueryCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([argument = '']: string[], { json, page, pageSize, ...options }: Options): Promise<void> {
    const sql = argument === '-' ? await text(process.stdin) : argument;
    const paging = { ...(page !== undefined && { page }), ...(pageSize !== undefined && { pageSize }) };
    if (isGuarded(options)) return this.runGuarded(sql, { ...options, ...(pageSize && { maxRows: pageSize }) }, json);
    const result = await this.progress.during('Running the query', () =>
      this.queries.execute(new RunQueryQuery(sql, paging)),
    );
    answer(result, queryLines(result), json);
  }

  /** Ctrl-C ends the statement in the engine before the command ends. */
  private async runGuarded(sql: string, options: GuardedOptions, json: boolean | undefined): Promise<void> {
    const interrupt = new AbortController();
    const onInterrupt = (): void => interrupt.abort();
    process.once('SIGINT', onInterrupt);
    try {
      const command = new RunStatementCommand(statementRequest(sql, options, interrupt.signal));
      const result = await this.progress.during('Running the statement', () => this.commands.execute(command));
      if (json === true) process.stdout.write(`${statementText(result)}\n`);
      else answer(undefined, statementLines(result), false);
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  }

  @Option({ flags: '-p, --page <number>', description: 'Page of the result (default: 1)' })
  parsePage(given: string): number {
    return parseWhole(given, { max: 1_000_000 });
  }

  @Option({ flags: '--page-size <rows>', description: 'Rows on a page (default: 100)' })
  parsePageSize(given: string): number {
    return parseWhole(given, { max: 10_000 });
  }

  @Option({ flags: '-e, --engine <engine>', description: `${GUARDED_ENGINES.join(' or ')}, within the guard` })
  parseEngine(given: string): GuardedEngine {
    return parseWord(given, GUARDED_ENGINES);
  }

  @Option({ flags: '-m, --mode <mode>', description: `${STATEMENT_MODES.join(' or ')} (default: read)` })
  parseMode(given: string): StatementMode {
    return parseWord(given, STATEMENT_MODES);
  }

  @Option({ flags: '--dry-run', description: 'With --mode write: do it all, tell what it did, and undo it' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({
    flags: '--param <value>',
    description: 'Value of $1, again for $2 …, as JSON or text; on ClickHouse name=value',
  })
  parseParam(given: string, before: string[] = []): string[] {
    return [...before, given];
  }

  @Option({ flags: '--max-rows <rows>', description: 'Rows of the answer (default: 1000)' })
  parseMaxRows(given: string): number {
    return parseWhole(given, { max: 1_000_000 });
  }

  @Option({ flags: '--timeout-ms <ms>', description: 'Time for the statement' })
  parseTimeoutMs(given: string): number {
    return parseWhole(given, { max: 3_600_000 });
  }

  @Option({ flags: '--cursor <next>', description: 'Go on where the page before ended' })
  parseCursor(given: string): string {
    return given;
  }
}
