import { createHash } from 'node:crypto';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { AwsCredentials, StreamIdentity } from '../../domain/ports/stream-source.port.js';
import type { AwsAddress, AwsTarget } from '../config/aws-target.js';
import { translateKinesis } from './kinesis-errors.js';

export type KinesisSdk = typeof import('@aws-sdk/client-kinesis');

export interface Kinesis {
  readonly sdk: KinesisSdk;
  readonly client: KinesisClient;
}

export interface KinesisClientOptions {
  readonly requestTimeoutMs: number;
}

/** Callers' clients kept at once; the one used longest ago is closed for a new one. */
const MAX_CALLERS = 32;
const MAX_SOCKETS = 256;
/** Tries of one request inside the SDK; reading has patience of its own. */
const MAX_ATTEMPTS = 3;

/** One client for the service's identity, and one for each caller's credentials. The SDK is loaded with the first. */
export class KinesisClients {
  private service: Promise<Kinesis> | undefined;
  private readonly callers = new Map<string, Promise<Kinesis>>();

  constructor(
    private readonly address: AwsAddress,
    private readonly options: KinesisClientOptions,
  ) {}

  for(identity: StreamIdentity): Promise<Kinesis> {
    return identity === 'service' ? this.forService() : this.forCaller(identity);
  }

  /** Whether Kinesis answers the service. @throws PenstockError */
  async check(abortSignal: AbortSignal): Promise<void> {
    try {
      const { client, sdk } = await this.forService();
      await client.send(new sdk.ListStreamsCommand({ Limit: 1 }), { abortSignal });
    } catch (cause) {
      throw translateKinesis(cause);
    }
  }

  async close(): Promise<void> {
    const all = [...this.callers.values(), ...(this.service ? [this.service] : [])];
    this.callers.clear();
    this.service = undefined;
    for (const opened of await Promise.allSettled(all))
      if (opened.status === 'fulfilled') opened.value.client.destroy();
  }

  private forService(): Promise<Kinesis> {
    if (this.service === undefined) {
      const opening = this.address().then((target) => this.open(target));
      opening.catch(() => (this.service = undefined));
      this.service = opening;
    }
    return this.service;
  }

  private forCaller(credentials: AwsCredentials): Promise<Kinesis> {
    const key = fingerprint(credentials);
    const known = this.callers.get(key);
    this.callers.delete(key); // the order of the map is the order of use
    const opened = known ?? this.openFor(credentials);
    this.callers.set(key, opened);
    opened.catch(() => this.callers.delete(key));
    this.closeOldest();
    return opened;
  }

  private closeOldest(): void {
    const oldest = this.callers.entries().next();
    if (this.callers.size <= MAX_CALLERS || oldest.done) return;
    const [key, opened] = oldest.value;
    this.callers.delete(key);
    void opened.then(({ client }) => client.destroy()).catch(() => undefined);
  }

  private async openFor({ accessKey, secretKey, sessionToken, region }: AwsCredentials): Promise<Kinesis> {
    const target = await this.address();
    const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey, ...(sessionToken && { sessionToken }) };
    return this.open({ ...target, ...(region && { region }), credentials });
  }

  private async open(target: AwsTarget): Promise<Kinesis> {
    const [sdk, { NodeHttpHandler }] = await Promise.all([
      import('@aws-sdk/client-kinesis'),
      import('@smithy/node-http-handler'),
    ]);
    // HTTP/1.1: the SDK's default for Kinesis is HTTP/2, which endpoints without TLS do not speak.
    const requestHandler = new NodeHttpHandler({
      connectionTimeout: this.options.requestTimeoutMs,
      requestTimeout: this.options.requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    });
    return { sdk, client: new sdk.KinesisClient({ ...target, requestHandler, maxAttempts: MAX_ATTEMPTS }) };
  }
}

/** Names a client without keeping the secrets themselves as a key. */
function fingerprint({ accessKey, secretKey, sessionToken = '', region = '' }: AwsCredentials): string {
  return createHash('sha256')
    .update(JSON.stringify([accessKey, secretKey, sessionToken, region]))
    .digest('base64');
}
