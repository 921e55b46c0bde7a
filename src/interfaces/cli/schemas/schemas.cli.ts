import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { CheckSchemasCli } from './check-schemas.cli.js';
import { GenerateSchemasCli } from './generate-schemas.cli.js';
import { RegisterSchemasCli } from './register-schemas.cli.js';

@Command({
  name: 'schemas',
  description: "Generate the Avro schemas of a domain's events, check and register them",
  subCommands: [GenerateSchemasCli, CheckSchemasCli, RegisterSchemasCli],
})
export class SchemasCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
