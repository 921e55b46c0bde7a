import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { EngineEndpoint } from '../embedded/engines.js';
import { configureFunctions, type FunctionsConfiguration } from './configure-functions.js';
import { isNamed, translateFailure } from './lambda-errors.js';

/** Where Lambda is, and the keys of the service; without keys, the SDK's own chain finds them. */
export interface LambdaTarget extends Omit<EngineEndpoint, 'url'> {
  /** Unset: AWS. */
  readonly url?: string;
  readonly sessionToken?: string;
  /** What the embedded runner is to run. */
  readonly functions?: FunctionsConfiguration;
}

/** Asked for every use: an embedded engine starts on first use and may move. */
export type LambdaAddress = () => Promise<LambdaTarget>;

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 256;
/** Networks forget connections on which nothing moves for minutes. */
const KEEP_ALIVE_MS = 30_000;
/** What endpoints other than AWS are signed for when nobody says otherwise. */
const DEFAULT_REGION = 'us-east-1';

/** The SDK client of this process, made on first use. */
export class LambdaConnection {
  private current: { readonly key: string; readonly client: Promise<LambdaClient> } | undefined;

  constructor(
    private readonly address: LambdaAddress,
    private readonly options: { readonly requestTimeoutMs: number },
  ) {}

  async client(): Promise<LambdaClient> {
    const target = await this.address();
    const key = JSON.stringify([target.url, target.functions]);
    // A former client is left to those who wait for its answers; its connections end with them.
    if (this.current?.key !== key) this.current = { key, client: this.open(target) };
    const { client } = this.current;
    client.catch(() => (this.current = undefined));
    return client;
  }

  /** Whether Lambda answers the service, by the one right that runs need; which functions there are does not matter. */
  async check(functionName: string, abortSignal: AbortSignal): Promise<void> {
    try {
      const { InvokeCommand } = await import('@aws-sdk/client-lambda');
      const command = new InvokeCommand({ FunctionName: functionName, InvocationType: 'DryRun' });
      await (await this.client()).send(command, { abortSignal });
    } catch (cause) {
      if (!isNamed(cause, 'ResourceNotFoundException')) throw translateFailure(cause);
    }
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    (await current?.client.catch(() => undefined))?.destroy();
  }

  private async open(target: LambdaTarget): Promise<LambdaClient> {
    const [sdk, http] = await Promise.all([import('@aws-sdk/client-lambda'), import('@smithy/node-http-handler')]);
    const { url, region = url === undefined ? undefined : DEFAULT_REGION } = target;
    const agent = { maxSockets: MAX_SOCKETS, keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
    const client = new sdk.LambdaClient({
      ...(url === undefined ? {} : { endpoint: url }),
      ...(region === undefined ? {} : { region }),
      ...credentialsOf(target),
      // An invocation that failed may have been done.
      maxAttempts: 1,
      requestHandler: new http.NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: this.options.requestTimeoutMs,
        throwOnRequestTimeout: true,
        httpAgent: agent,
        httpsAgent: agent,
      }),
    });
    if (target.functions !== undefined) await configureFunctions(client, target.functions);
    return client;
  }
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: LambdaTarget) {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { credentials: { accessKeyId, secretAccessKey, ...token } };
}
