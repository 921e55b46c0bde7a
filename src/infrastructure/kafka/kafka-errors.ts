import { type ErrorCode, PenstockError } from '../../domain/errors.js';

/** Names of the protocol's errors, and what they mean to a caller. */
const MEANING: Readonly<Record<string, ErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'stream.unknown',
  UNKNOWN_TOPIC_ID: 'stream.unknown',
  INCONSISTENT_TOPIC_ID: 'stream.unknown',
  INVALID_TOPIC_EXCEPTION: 'stream.unknown',
  TOPIC_AUTHORIZATION_FAILED: 'stream.forbidden',
  GROUP_AUTHORIZATION_FAILED: 'stream.forbidden',
  CLUSTER_AUTHORIZATION_FAILED: 'stream.forbidden',
  SASL_AUTHENTICATION_FAILED: 'stream.forbidden',
  UNSUPPORTED_SASL_MECHANISM: 'stream.forbidden',
  SECURITY_DISABLED: 'stream.forbidden',
  POLICY_VIOLATION: 'stream.forbidden',
  MESSAGE_TOO_LARGE: 'record.too-large',
  RECORD_LIST_TOO_LARGE: 'record.too-large',
  THROTTLING_QUOTA_EXCEEDED: 'stream.throttled',
  PLT_KFK_AUTHENTICATION: 'stream.forbidden',
  PLT_KFK_UNSUPPORTED_COMPRESSION: 'stream.unreadable',
};

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'stream.unknown': 'There is no such topic or partition',
  'stream.forbidden': "Kafka does not let the service's user do this",
  'stream.throttled': 'Kafka is asked too often',
  'stream.unreadable': 'The records are compressed in a way that this Node cannot undo',
  'record.too-large': 'A record is larger than Kafka takes',
};

/** One of several failures decides what they mean together: what only a person can mend goes before what passes. */
const PRECEDENCE: readonly ErrorCode[] = [
  'stream.forbidden',
  'stream.unknown',
  'record.too-large',
  'stream.unreadable',
  'stream.throttled',
];

/** The metadata was old, or the leader has changed. */
const STALE = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_ID',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INCONSISTENT_TOPIC_ID',
]);

const CLIENT_CODE = /^PLT_KFK_/u;

/** Names of the protocol's errors in a failure of the client, which wraps them in one another; and the client's own codes. */
export function failureNames(cause: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (error: unknown, depth: number): void => {
    if (!(error instanceof Error) || depth > MOST_DEPTH) return;
    const { apiId, code, errors } = error as Error & { apiId?: unknown; code?: unknown; errors?: unknown };
    if (typeof apiId === 'string') names.add(apiId);
    if (typeof code === 'string') names.add(code);
    if (Array.isArray(errors)) for (const one of errors) look(one, depth + 1);
    look(error.cause, depth + 1);
  };
  look(cause, 0);
  return names;
}

const MOST_DEPTH = 8;

/**
 * A failure of the client in the words of the ports; what is not the client's is a defect. The client's own errors hold
 * answers of brokers, records among them: of those only the names go on.
 */
export function translateFailure(cause: unknown, what: string): unknown {
  if (cause instanceof PenstockError) return cause;
  const names = failureNames(cause);
  if (!isOfClient(names)) return cause;
  const options = { cause: new Error([...names].join(', ')) };
  const meanings = new Set([...names].map((name) => MEANING[name]));
  const code = PRECEDENCE.find((each) => meanings.has(each));
  if (code === undefined) return new PenstockError('stream.unreachable', `Kafka did not answer: ${what}.`, options);
  return new PenstockError(code, `${WORDS[code] ?? code}: ${what}.`, options);
}

/** What a reader waits out: outages, elections and throttling, not what only a person can mend. */
export function passes(cause: unknown): boolean {
  if (cause instanceof PenstockError) return PASSING.has(cause.code);
  const names = failureNames(cause);
  if (!isOfClient(names)) return false;
  const lasting = [...names].some((name) => LASTING.has(MEANING[name]));
  return !lasting || isStale(cause);
}

/** Of our own findings, those that another look may not confirm. */
const PASSING = new Set<ErrorCode>(['stream.unreachable', 'stream.throttled', 'stream.expired']);
const LASTING = new Set<ErrorCode | undefined>([
  'stream.forbidden',
  'stream.unknown',
  'record.too-large',
  'stream.unreadable',
]);

/** Whether to ask again who leads which partition. */
export function isStale(cause: unknown): boolean {
  return [...failureNames(cause)].some((name) => STALE.has(name));
}

function isOfClient(names: ReadonlySet<string>): boolean {
  return [...names].some((name) => CLIENT_CODE.test(name));
}
