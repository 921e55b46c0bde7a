import { type ErrorCode, type ErrorKind, PenstockError } from '../../domain/errors.js';

/** As in sysexits.h. */
export const EXIT = {
  done: 0,
  usage: 64,
  badData: 65,
  notFound: 66,
  unavailable: 69,
  defect: 70,
  notAllowed: 77,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_OF_KIND: Readonly<Record<ErrorKind, ExitCode>> = {
  malformed: EXIT.usage,
  unauthenticated: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  'not-found': EXIT.notFound,
  conflict: EXIT.badData,
  unmatched: EXIT.badData,
  unsatisfiable: EXIT.badData,
  'too-large': EXIT.badData,
  'unsupported-media': EXIT.badData,
  invalid: EXIT.badData,
  'rate-limited': EXIT.unavailable,
  upstream: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  timeout: EXIT.unavailable,
  defect: EXIT.defect,
};

/** Settings are how a command was called, not data it was given. */
const EXIT_OF_CODE: Readonly<Partial<Record<ErrorCode, ExitCode>>> = { 'settings.invalid': EXIT.usage };

/** The exit code of a process that ends with this error; anything but a PenstockError is a defect. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof PenstockError)) return EXIT.defect;
  return EXIT_OF_CODE[error.code] ?? EXIT_OF_KIND[error.kind];
}
