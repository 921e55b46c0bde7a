import { AwsJsonEndpoint } from '../aws/aws-json-endpoint.js';
import { SigV4Verifier } from '../aws/sigv4.js';
import { LifeOperations } from './life-operations.js';
import { MAX_BODY_BYTES } from './limits.js';
import { SecretCatalog } from './secret-catalog.js';
import { ValueOperations } from './value-operations.js';

export interface SecretsEndpointOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** The time by which recovery ends. Signatures keep to the real time. */
  readonly now?: () => number;
  readonly onDefect?: (error: unknown) => void;
}

/**
 * A Secrets Manager endpoint for development, on a data folder: the real protocol, checked signatures, versions and their
 * stages, deletion with recovery. Not here: rotation by Lambda, replicas, resource policies, KMS.
 */
export class SecretsEndpoint {
  private constructor(
    private readonly catalog: SecretCatalog,
    private readonly http: AwsJsonEndpoint,
  ) {}

  /** @throws PenstockError `engine.unavailable` when another process holds the folder, or the file is damaged */
  static async open(dir: string, options: SecretsEndpointOptions): Promise<SecretsEndpoint> {
    const catalog = await SecretCatalog.open(dir, { region: options.region, now: options.now ?? Date.now });
    const groups = [new ValueOperations(catalog), new LifeOperations(catalog)];
    const http = new AwsJsonEndpoint({
      target: 'secretsmanager',
      operations: new Map(groups.flatMap((group) => group.operations())),
      verifier: new SigV4Verifier({ ...options, service: 'secretsmanager', now: Date.now }),
      maxBodyBytes: MAX_BODY_BYTES,
      onDefect: options.onDefect ?? (() => undefined),
    });
    return new SecretsEndpoint(catalog, http);
  }

  /** Answers the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return this.http.listen(host, port);
  }

  async close(): Promise<void> {
    await this.http.close();
    await this.catalog.close();
  }
}
