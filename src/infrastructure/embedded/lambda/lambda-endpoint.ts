import { RestEndpoint } from '../aws/rest-endpoint.js';
import { SigV4Verifier } from '../aws/sigv4.js';
import { EventQueue } from './event-queue.js';
import { FunctionCatalog } from './function-catalog.js';
import type { WriteLog } from './function-instance.js';
import { FunctionPool } from './function-pool.js';
import { type LambdaContext, LambdaOperations } from './lambda-operations.js';
import { type LambdaLimits, LIMITS } from './limits.js';

export interface LambdaEndpointOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly limits?: Partial<LambdaLimits>;
  readonly onDefect?: (error: unknown) => void;
  /** What functions write, besides the tail that callers may ask for. */
  readonly onOutput?: WriteLog;
}

/** More than an operation takes, so that what is too large is refused by the operation, in its own words. */
const MAX_BODY_BYTES = 2 * LIMITS.syncPayloadBytes;

/**
 * A Lambda endpoint for development: the Invoke contract of AWS over the modules of a folder, each function in processes of
 * its own. Which folder, and what its functions find in their environment, is said by `PUT /penstock/configuration`, signed
 * like everything else; AWS has no such request, because there functions are deployed.
 */
export class LambdaEndpoint {
  private constructor(
    private readonly context: LambdaContext,
    private readonly http: RestEndpoint,
  ) {}

  static async open(dir: string, options: LambdaEndpointOptions): Promise<LambdaEndpoint> {
    const limits = { ...LIMITS, ...options.limits };
    const { onDefect = () => undefined, onOutput = () => undefined } = options;
    const { accessKeyId, secretAccessKey, region } = options;
    const identity = { accessKeyId, secretAccessKey, region };
    const catalog = await FunctionCatalog.open(dir, identity, limits);
    const pool = new FunctionPool(limits, onOutput);
    const context = { catalog, pool, limits, queue: new EventQueue(pool, limits, onDefect) };
    const operations = new LambdaOperations(context);
    const http = new RestEndpoint({
      verifier: new SigV4Verifier({ ...identity, service: 'lambda' }),
      maxBodyBytes: MAX_BODY_BYTES,
      onDefect,
      answer: (request) => operations.answer(request),
    });
    return new LambdaEndpoint(context, http);
  }

  listen(host: string, port: number): Promise<number> {
    return this.http.listen(host, port);
  }

  /** Functions at work are ended: they may have a quarter of an hour to go. */
  async close(): Promise<void> {
    this.context.queue.close();
    await this.context.pool.close();
    await this.http.close();
  }
}
