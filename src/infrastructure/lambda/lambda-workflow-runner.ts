import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { PenstockError } from '../../domain/errors.js';
import type { WorkflowRunner } from '../../domain/ports/workflow-runner.port.js';
import type { JsonObject } from '../../domain/shared/job.js';
import type { LambdaConnection } from './lambda-connection.js';
import { translateFailure } from './lambda-errors.js';

/** What Lambda takes for a synchronous invocation. */
const MAX_EVENT_BYTES = 6 * 1024 ** 2;
/** Longest message of a function's fault that is passed on. */
const MAX_MESSAGE_LENGTH = 2000;

export class LambdaWorkflowRunner implements WorkflowRunner {
  constructor(
    private readonly connection: LambdaConnection,
    private readonly functionName: string,
  ) {}

  async invoke(event: JsonObject, signal: AbortSignal): Promise<unknown> {
    const Payload = Buffer.from(JSON.stringify(event));
    if (Payload.length > MAX_EVENT_BYTES) {
      throw new PenstockError('request.too-large', `A function takes ${MAX_EVENT_BYTES} bytes at most.`);
    }
    return answerOf(await this.send(Payload, signal));
  }

  private async send(Payload: Uint8Array, abortSignal: AbortSignal): Promise<InvokeCommandOutput> {
    const { InvokeCommand } = await import('@aws-sdk/client-lambda');
    try {
      const client = await this.connection.client();
      return await client.send(new InvokeCommand({ FunctionName: this.functionName, Payload }), { abortSignal });
    } catch (cause) {
      throw translateFailure(cause);
    }
  }
}

/** The status of an invocation says nothing about the function: that stands in a header. */
function answerOf({ Payload, FunctionError }: InvokeCommandOutput): unknown {
  const text = Payload?.transformToString() ?? '';
  const answer = text === '' ? null : (JSON.parse(text) as unknown); // Lambda answers JSON
  if (FunctionError === undefined) return answer;
  const { errorType, errorMessage } = (answer ?? {}) as {
    readonly errorType?: unknown;
    readonly errorMessage?: unknown;
  };
  const message = [errorType, errorMessage].filter((part) => typeof part === 'string' && part !== '').join(': ');
  const isLate = errorType === 'Sandbox.Timedout' || /Task timed out after [\d.]+ seconds$/u.test(message);
  throw new PenstockError(isLate ? 'workflow.timeout' : 'workflow.failed', message.slice(0, MAX_MESSAGE_LENGTH));
}
