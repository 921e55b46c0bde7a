import { AwsError } from '../aws/aws-error.js';
import type { LambdaLimits } from './limits.js';

export const INVOCATION_TYPES = ['RequestResponse', 'Event', 'DryRun'] as const;
export type InvocationType = (typeof INVOCATION_TYPES)[number];

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export interface InvokeRequest {
  readonly type: InvocationType;
  /** JSON. */
  readonly payload: string;
  readonly wantsLog: boolean;
  /** JSON, out of its base64. */
  readonly clientContext?: string;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const MAX_CLIENT_CONTEXT = 3583;

/** @throws AwsError in the words of Lambda */
export function invokeRequest(headers: Headers, body: Buffer, limits: LambdaLimits): InvokeRequest {
  const type = one(INVOCATION_TYPES, headers['x-amz-invocation-type'], 'InvocationType');
  const log = one(['None', 'Tail'] as const, headers['x-amz-log-type'], 'LogType');
  const limit = type === 'Event' ? limits.asyncPayloadBytes : limits.syncPayloadBytes;
  if (body.length > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413);
  }
  const clientContext = contextOf(headers['x-amz-client-context']);
  return {
    type,
    payload: jsonOf(body),
    wantsLog: log === 'Tail',
    ...(clientContext !== undefined && { clientContext }),
  };
}

function one<const T extends string>(words: readonly [T, ...T[]], given: Headers[string], member: string): T {
  if (given === undefined) return words[0];
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  throw new AwsError('InvalidParameterValueException', `${member} must be one of ${words.join(', ')}.`);
}

function jsonOf(body: Buffer): string {
  const text = body.length === 0 ? '{}' : body.toString('utf8');
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json.');
  }
}

function contextOf(given: Headers[string]): string | undefined {
  if (typeof given !== 'string') return undefined;
  const text = given.length <= MAX_CLIENT_CONTEXT ? Buffer.from(given, 'base64').toString('utf8') : '';
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      'Client context must be JSON of at most 3583 bytes of base64.',
    );
  }
}
