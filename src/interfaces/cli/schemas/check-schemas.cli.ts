import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { type CheckedSchemas, CheckSchemasQuery } from '../../../application/event-pipelines/check-schemas.query.js';
import { answer } from '../answer.js';
import { ENVIRONMENT_OPTION } from '../environment-option.js';
import { EXIT } from '../exit-codes.js';
import { ExitSignal } from '../exit-signal.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

interface Options {
  readonly environment?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'check',
  arguments: '<domain>',
  description: 'Say whether the registry would take the schemas; exits with 65 if not',
})
@SharedOptions(JSON_OPTION)
export class CheckSchemasCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], { environment, json }: Options): Promise<void> {
    const checked = await this.progress.during('Checking schemas', () =>
      this.queries.execute(new CheckSchemasQuery(domain, environment)),
    );
    answer(checked, verdictText(checked), json);
    if (!checked.is_compatible) throw new ExitSignal(EXIT.badData);
  }

  @Option(ENVIRONMENT_OPTION)
  parseEnvironment(text: string): string {
    return text;
  }
}

/** The reasons stand below the table, whose cells are cut. */
function verdictText({ schemas }: CheckedSchemas): string[] {
  const rows = schemas.map(({ event_type: event, subject, is_compatible: isCompatible }) => [
    event,
    subject,
    isCompatible ? 'compatible' : 'incompatible',
  ]);
  const reasons = schemas.flatMap(({ subject, messages }) => messages.map((message) => `${subject}: ${message}`));
  return [...textTable(['event type', 'subject', 'verdict'], rows), ...reasons];
}
