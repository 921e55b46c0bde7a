import { Module } from '@nestjs/common';
import { ConnectorsCli } from './connectors.cli.js';
import { DiscardDeadLettersCli } from './discard-dead-letters.cli.js';
import { ListConnectorsCli } from './list-connectors.cli.js';
import { ListDeadLettersCli } from './list-dead-letters.cli.js';
import { PauseConnectorCli } from './pause-connector.cli.js';
import { RemoveConnectorCli } from './remove-connector.cli.js';
import { ReplayDeadLettersCli } from './replay-dead-letters.cli.js';
import { ResumeConnectorCli } from './resume-connector.cli.js';
import { ShowConnectorCli } from './show-connector.cli.js';

@Module({
  providers: [
    ConnectorsCli,
    DiscardDeadLettersCli,
    ListConnectorsCli,
    ListDeadLettersCli,
    PauseConnectorCli,
    RemoveConnectorCli,
    ReplayDeadLettersCli,
    ResumeConnectorCli,
    ShowConnectorCli,
  ],
})
export class ConnectorsCliModule {}
