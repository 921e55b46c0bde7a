import { createHash } from 'node:crypto';
import type { KinesisClient, KinesisClientConfig } from '@aws-sdk/client-kinesis';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsCredentials, StreamIdentity } from '../../domain/ports/stream-source.port.js';
import type { EngineEndpoint } from '../embedded/engines.js';
import { translateFailure } from './kinesis-errors.js';

/** Where Kinesis is, and the keys of the service itself; without keys, the SDK's own chain finds them. */
export interface KinesisTarget extends Omit<EngineEndpoint, 'url'> {
  /** Unset: AWS. */
  readonly url?: string;
  readonly sessionToken?: string;
}

/** Asked for every use: an embedded engine starts on first use and may move. */
export type KinesisAddress = () => Promise<KinesisTarget>;

export interface KinesisClientsOptions {
  readonly requestTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const MAX_SOCKETS = 256;
/** Tries of the SDK itself, short ones; readers persist by their own rules. */
const MAX_ATTEMPTS = 3;
/** Clients kept, one per identity and address; the longest unused one goes first. */
const MAX_CLIENTS = 64;
/** What endpoints other than AWS are signed for when nobody says otherwise. */
const DEFAULT_REGION = 'us-east-1';

/** SDK clients by identity, over one set of connections. Keys of callers are kept in a client only, never as a name. */
export class KinesisClients {
  private readonly clients = new Map<string, Promise<KinesisClient>>();
  private handler: NodeHttpHandler | undefined;

  constructor(
    private readonly address: KinesisAddress,
    private readonly options: KinesisClientsOptions,
  ) {}

  async for(identity: StreamIdentity): Promise<KinesisClient> {
    const target = await this.address();
    const config = identity === 'service' ? serviceConfig(target) : callerConfig(target, identity);
    const key = createHash('sha256').update(JSON.stringify(config)).digest('base64');
    const client = this.clients.get(key) ?? this.open(config);
    this.clients.delete(key);
    this.clients.set(key, client);
    this.forgetOldest();
    return client;
  }

  /** Whether Kinesis answers the service. @throws PenstockError */
  async check(abortSignal: AbortSignal): Promise<void> {
    const { ListStreamsCommand } = await import('@aws-sdk/client-kinesis');
    try {
      await (await this.for('service')).send(new ListStreamsCommand({ Limit: 1 }), { abortSignal });
    } catch (cause) {
      throw translateFailure(cause, 'the service');
    }
  }

  close(): void {
    this.clients.clear();
    this.handler?.destroy();
    this.handler = undefined;
  }

  private async open(config: KinesisClientConfig): Promise<KinesisClient> {
    const [sdk, http] = await Promise.all([import('@aws-sdk/client-kinesis'), import('@smithy/node-http-handler')]);
    // HTTP/1.1: over plain HTTP, the SDK's own choice for Kinesis, HTTP/2, is understood by no endpoint.
    this.handler ??= new http.NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: this.options.requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
      httpsAgent: { maxSockets: MAX_SOCKETS, keepAlive: true },
    });
    return new sdk.KinesisClient({ ...config, maxAttempts: MAX_ATTEMPTS, requestHandler: this.handler });
  }

  /** A forgotten client is not destroyed: somebody may be using it, and the connections belong to all. */
  private forgetOldest(): void {
    const [oldest] = this.clients.keys();
    if (this.clients.size > MAX_CLIENTS && oldest !== undefined) this.clients.delete(oldest);
  }
}

function serviceConfig({
  url,
  region,
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: KinesisTarget): KinesisClientConfig {
  const hasKeys = accessKeyId !== undefined && secretAccessKey !== undefined;
  const keys = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return { ...place(url, region), ...(hasKeys ? { credentials: keys as Keys } : {}) };
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

function callerConfig({ url, region }: KinesisTarget, caller: AwsCredentials): KinesisClientConfig {
  const { accessKey, secretKey, sessionToken } = caller;
  const token = sessionToken === undefined ? {} : { sessionToken };
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey, ...token };
  return { ...place(url, caller.region ?? region), credentials };
}

function place(url: string | undefined, region: string | undefined): KinesisClientConfig {
  const wanted = region ?? (url === undefined ? undefined : DEFAULT_REGION);
  return { ...(url === undefined ? {} : { endpoint: url }), ...(wanted === undefined ? {} : { region: wanted }) };
}
