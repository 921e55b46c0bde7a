import { IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';
import type { WorkflowLimits } from '../../domain/workflow-gateway/workflow-limits.js';
import { Env } from './env.js';

const DAY_MS = 86_400_000;

/** Workflows: the orchestrator, and the functions of the embedded runner. */
export class WorkflowSettings implements WorkflowLimits {
  /** Lambda function that carries workflows out: its name or ARN. */
  @Env('ORCHESTRATOR_FUNCTION_NAME')
  @Matches(/^[\w:$-]{1,256}$/)
  readonly orchestrator: string = 'orchestrator';

  /** Endpoint of Lambda. Unset: AWS with the identity of the AWS settings; without one, an embedded runner. */
  @Env('LAMBDA_ENDPOINT_URL')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  readonly endpointUrl?: string;

  /** Folder of the embedded runner's functions, `NAME.mjs` each. Unset: the orchestrator that comes with the service. */
  @Env('WORKFLOWS_DIR')
  @IsOptional()
  @IsString()
  readonly directory?: string;

  /** How long the answer of a function is waited for, in milliseconds; functions run for 900 seconds at most. */
  @Env('WORKFLOW_TIMEOUT_MS')
  @IsInt()
  @Min(1000)
  @Max(960_000)
  readonly waitMs: number = 950_000;

  /** Runs that one process waits for at once; others wait their turn. */
  @Env('WORKFLOW_CONCURRENCY')
  @IsInt()
  @Min(1)
  @Max(1000)
  readonly concurrency: number = 10;

  /** How long finished runs are known, in days. */
  @Env('WORKFLOW_KEEP_DAYS')
  @IsInt()
  @Min(1)
  @Max(3650)
  readonly keepDays: number = 90;

  get keepMs(): number {
    return this.keepDays * DAY_MS;
  }
}
