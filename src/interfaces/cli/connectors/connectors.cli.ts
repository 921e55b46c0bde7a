import { Command, CommandRunner } from 'nest-commander';
import { requireSubCommand } from '../cli-program.js';
import { DiscardDeadLettersCli } from './discard-dead-letters.cli.js';
import { ListConnectorsCli } from './list-connectors.cli.js';
import { ListDeadLettersCli } from './list-dead-letters.cli.js';
import { PauseConnectorCli } from './pause-connector.cli.js';
import { RemoveConnectorCli } from './remove-connector.cli.js';
import { ReplayDeadLettersCli } from './replay-dead-letters.cli.js';
import { ResumeConnectorCli } from './resume-connector.cli.js';
import { ShowConnectorCli } from './show-connector.cli.js';

@Command({
  name: 'connectors',
  description: 'See and steer what is copied from streams, and its dead letters',
  subCommands: [
    ListConnectorsCli,
    ShowConnectorCli,
    PauseConnectorCli,
    ResumeConnectorCli,
    RemoveConnectorCli,
    ListDeadLettersCli,
    ReplayDeadLettersCli,
    DiscardDeadLettersCli,
  ],
})
export class ConnectorsCli extends CommandRunner {
  override async run(args: string[]): Promise<void> {
    requireSubCommand(this.command, args);
  }
}
