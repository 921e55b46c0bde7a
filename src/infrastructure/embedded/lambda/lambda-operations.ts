import { AwsError } from '../aws/aws-error.js';
import type { RestAnswer, RestRequest } from '../aws/rest-endpoint.js';
import type { EventQueue } from './event-queue.js';
import type { FunctionCatalog } from './function-catalog.js';
import { describeFunction } from './function-description.js';
import type { InvocationEnd, InvocationEvent } from './function-instance.js';
import type { FunctionPool } from './function-pool.js';
import { invokeRequest } from './invoke-request.js';
import type { LambdaLimits } from './limits.js';
import { runnerConfiguration } from './runner-configuration.js';

export interface LambdaContext {
  readonly catalog: FunctionCatalog;
  readonly pool: FunctionPool;
  readonly queue: EventQueue;
  readonly limits: LambdaLimits;
}

/** @param given the function's name as it stands in the path; empty where there is none */
type Operation = (request: RestRequest, given: string) => Promise<RestAnswer>;

/** What is asked for, by method and path. */
export class LambdaOperations {
  private readonly routes: readonly (readonly [method: string, path: RegExp, operation: Operation])[] = [
    ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, (request, given) => this.invoke(request, given)],
    ['GET', /^\/2015-03-31\/functions\/?$/, () => this.list()],
    ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, (_, given) => this.describe(given)],
    ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, (_, given) => this.configuration(given)],
    ['PUT', /^\/penstock\/configuration$/, (request) => this.configure(request)],
  ];

  constructor(private readonly context: LambdaContext) {}

  async answer(request: RestRequest): Promise<RestAnswer> {
    for (const [method, path, operation] of this.routes) {
      const match = method === request.method ? path.exec(request.path) : null;
      if (match !== null) return operation(request, decoded(match[1] ?? ''));
    }
    throw new AwsError('UnknownOperationException', 'There is no such operation here.', 404);
  }

  private async invoke(request: RestRequest, given: string): Promise<RestAnswer> {
    const { catalog, pool, queue, limits } = this.context;
    const { type, wantsLog, ...rest } = invokeRequest(request.headers, request.body, limits);
    const lambda = await catalog.find(withQualifier(given, request.query.get('Qualifier')));
    if (type === 'DryRun') return { status: 204 };
    const event: InvocationEvent = { requestId: request.requestId, ...rest };
    if (type === 'Event') {
      queue.add(lambda, event);
      return { status: 202 };
    }
    return answerOf(await pool.invoke(lambda, event), wantsLog);
  }

  private async list(): Promise<RestAnswer> {
    const { catalog, limits } = this.context;
    return { status: 200, body: { Functions: (await catalog.list()).map((each) => describeFunction(each, limits)) } };
  }

  private async describe(given: string): Promise<RestAnswer> {
    return { status: 200, body: { Configuration: (await this.configuration(given)).body } };
  }

  private async configuration(given: string): Promise<RestAnswer> {
    const { catalog, limits } = this.context;
    return { status: 200, body: describeFunction(await catalog.find(given), limits) };
  }

  private async configure({ body }: RestRequest): Promise<RestAnswer> {
    const { catalog, limits } = this.context;
    await catalog.configure(runnerConfiguration(body, limits));
    return { status: 204 };
  }
}

/** The status is 200 even where the function failed: that stands in a header. */
function answerOf({ answer, fault, log }: InvocationEnd, wantsLog: boolean): RestAnswer {
  return {
    status: 200,
    headers: {
      'x-amz-executed-version': '$LATEST',
      ...(wantsLog && { 'x-amz-log-result': log.toString('base64') }),
      ...(fault !== undefined && { 'x-amz-function-error': 'Unhandled' }),
    },
    body: fault ?? Buffer.from(answer ?? 'null'),
  };
}

function withQualifier(given: string, qualifier: string | null): string {
  return qualifier === null || qualifier === '' ? given : `${given}:${qualifier}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new AwsError('InvalidParameterValueException', 'This is no name of a function.');
  }
}
