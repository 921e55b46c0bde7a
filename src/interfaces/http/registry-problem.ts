import type { ErrorCode, PenstockError } from '../../domain/errors.js';
import { pathOf, statusOf } from './problem.js';

/** Media types of Confluent's Schema Registry; its clients send and take them, and plain JSON too. */
export const REGISTRY_TYPES = [
  'application/vnd.schemaregistry.v1+json',
  'application/vnd.schemaregistry+json',
] as const;
export const [REGISTRY_TYPE] = REGISTRY_TYPES;

/** How errors are told below /registry, as the clients of such registries read them. */
export interface RegistryProblem {
  readonly error_code: number;
  readonly message: string;
}

/** As Confluent's registry numbers errors: an HTTP status, alone or with two digits of its own. */
const NUMBERS: Readonly<Partial<Record<ErrorCode, number>>> = {
  'subject.unknown': 40401,
  'schema-version.unknown': 40402,
  'schema.unknown': 40403,
  'subject.deleted': 40404,
  'subject.not-deleted': 40405,
  'schema-version.deleted': 40406,
  'schema-version.not-deleted': 40407,
  'registry.compatibility-unset': 40408,
  'registry.mode-unset': 40409,
  'schema.incompatible': 409,
  'request.invalid': 422,
  'schema.invalid': 42201,
  'schema-version.invalid': 42202,
  'registry.compatibility-invalid': 42203,
  'registry.mode-invalid': 42204,
  'registry.read-only': 42205,
  'schema.in-use': 42206,
  'subject.invalid': 42208,
  'database.unreachable': 50001,
  'database.refused': 50001,
  'engine.unavailable': 50001,
  'database.busy': 50002,
  'query.timeout': 50002,
};
const STATUS_DIGITS = 3;

/** Whether a request is one to the registry, whose errors have another form than all others. */
export function isRegistryUrl(url: string): boolean {
  return /^\/registry(\/|$)/.test(pathOf(url));
}

export function registryNumberOf(code: ErrorCode): number {
  return NUMBERS[code] ?? statusOf(code);
}

/** The HTTP status that goes with the number. */
export function registryStatusOf(code: ErrorCode): number {
  return Number(String(registryNumberOf(code)).slice(0, STATUS_DIGITS));
}

export function registryProblemOf({ code, kind, message }: PenstockError): RegistryProblem {
  // The words of a defect are for the log: they may tell how the service is built.
  const words = kind === 'defect' ? 'The service failed; its log tells why under the request id.' : message;
  return { error_code: registryNumberOf(code), message: words };
}
