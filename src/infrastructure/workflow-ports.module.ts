import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HealthProbes } from '../domain/ports/health-probe.port.js';
import { SecretStore } from '../domain/ports/secret-store.port.js';
import { WorkflowRunner } from '../domain/ports/workflow-runner.port.js';
import { bind } from './bind.js';
import { AwsSettings } from './config/aws.settings.js';
import { DynamodbSettings } from './config/dynamodb.settings.js';
import { PostgresSettings } from './config/postgres.settings.js';
import { RunLogSettings } from './config/run-log.settings.js';
import { WorkflowSettings } from './config/workflow.settings.js';
import { EmbeddedEngines } from './embedded/engines.js';
import { SecretsManagerModule } from './secrets-manager/secrets-manager.module.js';
import { type FunctionEnvironment, lambdaAddress } from './lambda/lambda-address.js';
import { LambdaConnection } from './lambda/lambda-connection.js';
import { LambdaWorkflowRunner } from './lambda/lambda-workflow-runner.js';
import { surroundingsOf, WorkflowAddresses } from './workflow-addresses.js';

/** Workflows: Lambda behind its port, and what functions of the embedded runner find in their environment. */
@Global()
@Module({
  imports: [SecretsManagerModule],
  providers: [
    bind(
      WorkflowAddresses,
      [PostgresSettings, DynamodbSettings, RunLogSettings, AwsSettings, EmbeddedEngines, SecretStore],
      (...[postgres, dynamodb, runLog, aws, engines, secrets]) =>
        new WorkflowAddresses(surroundingsOf({ postgres, dynamodb, runLog, aws, engines, secrets })),
    ),
    bind(
      LambdaConnection,
      [WorkflowSettings, AwsSettings, EmbeddedEngines, WorkflowAddresses, HealthProbes],
      (...[settings, aws, engines, addresses, probes]) => {
        const environment: FunctionEnvironment = () => addresses.environment();
        const address = lambdaAddress(settings, { aws, engines, environment });
        const connection = new LambdaConnection(address, { requestTimeoutMs: settings.waitMs });
        probes.register({ name: 'lambda', check: (signal) => connection.check(settings.orchestrator, signal) });
        return connection;
      },
    ),
    bind(
      WorkflowRunner,
      [LambdaConnection, WorkflowSettings],
      (connection, { orchestrator }) => new LambdaWorkflowRunner(connection, orchestrator),
    ),
  ],
  exports: [WorkflowRunner],
})
export class WorkflowPortsModule implements OnApplicationShutdown {
  constructor(@Inject(LambdaConnection) private readonly connection: LambdaConnection) {}

  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}
