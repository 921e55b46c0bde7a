import type { LambdaFunction } from './function-catalog.js';
import type { LambdaLimits } from './limits.js';

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html; variables by name only, for values may be secret. */
export function describeFunction(lambda: LambdaFunction, limits: LambdaLimits): object {
  const { name, arn, bytes, timeoutSeconds, modifiedAt } = lambda;
  return {
    FunctionName: name,
    FunctionArn: arn,
    Runtime: `nodejs${process.versions.node.split('.')[0]}.x`,
    Handler: `${name}.handler`,
    CodeSize: bytes,
    Timeout: timeoutSeconds,
    MemorySize: limits.memoryMegabytes,
    LastModified: modifiedAt.toISOString().replace('Z', '+0000'),
    Version: '$LATEST',
    PackageType: 'Zip',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}
