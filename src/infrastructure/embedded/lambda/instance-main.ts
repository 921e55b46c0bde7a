/** The process of one instance of a function: imports its module once, then handles one event at a time. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FunctionFault, InstanceMessage, InvocationMessage } from './instance-messages.js';

/** The handler of an AWS Lambda function in Node.js. */
type Handler = (event: unknown, context: object) => unknown;

const [modulePath = '', functionArn = ''] = process.argv.slice(2);

leaveWithParent();
const handler = await importHandler();
process.on('message', (message: InvocationMessage) => void handle(handler, message));
tell({ ready: true });

/**
 * A handler that computes hears of nothing, so its parent's death is watched by a thread of its own: no function goes on
 * behind a runner that was killed.
 */
function leaveWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  const watch = `const parent = process.ppid; setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500);`;
  new Worker(watch, { eval: true, env: {}, stdout: true, stderr: true }).unref();
}

async function importHandler(): Promise<Handler> {
  try {
    const { handler: found } = (await import(pathToFileURL(modulePath).href)) as { readonly handler?: unknown };
    if (typeof found === 'function') return found as Handler;
    throw namedError('Runtime.HandlerNotFound', 'index.handler is undefined or not exported');
  } catch (cause) {
    const fault = faultOf(cause);
    tell({ broken: fault.errorType === 'Error' ? { ...fault, errorType: 'Runtime.ImportModuleError' } : fault });
    // What was told is with the runner when the channel is closed.
    process.disconnect();
    process.exit(1);
  }
}

async function handle(run: Handler, message: InvocationMessage): Promise<void> {
  const { requestId, payload } = message;
  try {
    const result = await run(JSON.parse(payload), contextOf(message));
    tell({ requestId, answer: JSON.stringify(result) ?? 'null' });
  } catch (cause) {
    tell({ requestId, fault: faultOf(cause) });
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf({ requestId, deadlineMs, clientContext }: InvocationMessage): object {
  const name = process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? '',
    awsRequestId: requestId,
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'] ?? '',
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? '',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    ...(clientContext !== undefined && { clientContext: JSON.parse(clientContext) as unknown }),
  };
}

function faultOf(cause: unknown): FunctionFault {
  if (!(cause instanceof Error)) return { errorType: typeof cause, errorMessage: String(cause) };
  return { errorType: cause.name, errorMessage: cause.message, trace: (cause.stack ?? '').split('\n') };
}

function namedError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function tell(message: InstanceMessage): void {
  if (process.connected) process.send?.(message);
}
