import { join, resolve } from 'node:path';
import type { AwsSettings } from '../config/aws.settings.js';
import { packageRoot } from '../config/package-root.js';
import type { WorkflowSettings } from '../config/workflow.settings.js';
import type { EmbeddedEngines } from '../embedded/engines.js';
import type { LambdaAddress } from './lambda-connection.js';

/** Variables that functions of the embedded runner find in their environment. */
export type FunctionEnvironment = () => Promise<Readonly<Record<string, string>>>;

export interface LambdaSurroundings {
  readonly aws: AwsSettings;
  readonly engines: EmbeddedEngines;
  readonly environment: FunctionEnvironment;
}

/** The functions that come with the service. */
const OWN_FUNCTIONS = 'workflows';

/** The endpoint of the settings, AWS where only an identity is set, the embedded runner where neither is. */
export function lambdaAddress(
  { endpointUrl, directory }: WorkflowSettings,
  { aws, engines, environment }: LambdaSurroundings,
): LambdaAddress {
  if (endpointUrl === undefined && !aws.hasIdentity) {
    const folder = directory === undefined ? join(packageRoot(), OWN_FUNCTIONS) : resolve(directory);
    return async () => ({
      ...(await engines.endpoint('lambda')),
      functions: { directory: folder, environment: await environment() },
    });
  }
  const target = {
    ...aws.keys,
    ...(endpointUrl === undefined ? {} : { url: endpointUrl }),
    ...(aws.region === undefined ? {} : { region: aws.region }),
  };
  return async () => target;
}
