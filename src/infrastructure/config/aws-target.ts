import type { EmbeddedEngines, EngineName } from '../embedded/engines.js';
import type { AwsSettings } from './aws.settings.js';

/** What an AWS client is made with: everything unset is the SDK's own chain. */
export interface AwsTarget {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** Where an AWS service is; asked on first use, because an embedded engine starts only then. */
export type AwsAddress = () => Promise<AwsTarget>;

/** Regions are asked for by signatures even where an endpoint is set and has none. */
const FALLBACK_REGION = 'us-east-1';

/** An endpoint that is set, else AWS when the service has an identity there, else the embedded engine. */
export function awsAddress(
  engine: EngineName,
  endpointUrl: string | undefined,
  aws: AwsSettings,
  engines: EmbeddedEngines,
): AwsAddress {
  if (endpointUrl !== undefined || aws.isConfigured) {
    const target = {
      ...(endpointUrl && { endpoint: endpointUrl }),
      ...regionOf(aws, endpointUrl),
      ...credentialsOf(aws),
    };
    return () => Promise.resolve(target);
  }
  return async () => {
    const { url, region = FALLBACK_REGION, accessKeyId = '', secretAccessKey = '' } = await engines.endpoint(engine);
    return { endpoint: url, region, credentials: { accessKeyId, secretAccessKey } };
  };
}

function regionOf({ region }: AwsSettings, endpointUrl: string | undefined): { region?: string } {
  if (region !== undefined) return { region };
  return endpointUrl === undefined ? {} : { region: FALLBACK_REGION };
}

/** Given as files (`…_FILE`), the SDK's own chain does not see them. */
function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: AwsSettings): Pick<AwsTarget, 'credentials'> {
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } };
}
