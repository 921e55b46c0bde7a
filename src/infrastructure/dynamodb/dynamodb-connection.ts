import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EngineEndpoint } from '../embedded/engines.js';
import { translateFailure } from './dynamodb-errors.js';

/** Where DynamoDB is, and the keys of the service; without keys, the SDK's own chain finds them. */
export interface DynamodbTarget extends Omit<EngineEndpoint, 'url'> {
  /** Unset: AWS. */
  readonly url?: string;
  readonly sessionToken?: string;
}

/** Asked for every use: an embedded engine starts on first use and may move. */
export type DynamodbAddress = () => Promise<DynamodbTarget>;

export interface DynamodbConnectionOptions {
  readonly requestTimeoutMs: number;
  readonly maxAttempts: number;
}

const CONNECT_TIMEOUT_MS = 3000;
const MAX_SOCKETS = 64;
/** What endpoints other than AWS are signed for when nobody says otherwise. */
const DEFAULT_REGION = 'us-east-1';

/** The SDK client of this process, made on first use. */
export class DynamodbConnection {
  private current: { readonly url: string | undefined; readonly client: Promise<DynamoDBClient> } | undefined;

  constructor(
    private readonly address: DynamodbAddress,
    private readonly options: DynamodbConnectionOptions,
  ) {}

  async client(): Promise<DynamoDBClient> {
    const target = await this.address();
    if (this.current === undefined || this.current.url !== target.url) {
      const former = this.current;
      this.current = { url: target.url, client: this.open(target) };
      (await former?.client)?.destroy();
    }
    return this.current.client;
  }

  /** Whether DynamoDB answers the service. @throws PenstockError `store.unreachable` */
  async check(abortSignal: AbortSignal): Promise<void> {
    const { ListTablesCommand } = await import('@aws-sdk/client-dynamodb');
    try {
      await (await this.client()).send(new ListTablesCommand({ Limit: 1 }), { abortSignal });
    } catch (cause) {
      throw translateFailure(cause, 'the service');
    }
  }

  async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    (await current?.client)?.destroy();
  }

  private async open(target: DynamodbTarget): Promise<DynamoDBClient> {
    const [sdk, http] = await Promise.all([import('@aws-sdk/client-dynamodb'), import('@smithy/node-http-handler')]);
    const { requestTimeoutMs, maxAttempts } = this.options;
    const { url, region = url === undefined ? undefined : DEFAULT_REGION } = target;
    return new sdk.DynamoDBClient({
      ...(url === undefined ? {} : { endpoint: url }),
      ...(region === undefined ? {} : { region }),
      ...credentialsOf(target),
      maxAttempts,
      requestHandler: new http.NodeHttpHandler({
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
        httpsAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
      }),
    });
  }
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: DynamodbTarget) {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  const token = sessionToken === undefined ? {} : { sessionToken };
  return { credentials: { accessKeyId, secretAccessKey, ...token } };
}
