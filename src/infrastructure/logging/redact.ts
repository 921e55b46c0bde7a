const MASK = '[redacted]';
const MAX_DEPTH = 8;

const SECRET_NAMES = new Set(['authorization', 'cookie', 'setcookie', 'session']);
const SECRET_ENDINGS = [
  'accesskey',
  'accesskeyid',
  'secretkey',
  'apikey',
  'secret',
  'token',
  'password',
  'passwd',
  'pwd',
  'credentials',
];

/** Whether a field of this name is never logged, however it is spelled: `X-Api-Key`, `secret_key`, `dbPassword`. */
export function isSecretName(name: string): boolean {
  const bare = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return SECRET_NAMES.has(bare) || SECRET_ENDINGS.some((ending) => bare.endsWith(ending));
}

/** The value without anything secret: by name of the field, and user information inside URLs. Bytes are counted, not shown. */
export function redact(value: unknown): unknown {
  return walk(value, 0, new Set());
}

function walk(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  const path = new Set(above).add(value);
  return redactObject(value, (item) => walk(item, depth + 1, path));
}

function redactObject(value: object, inner: (item: unknown) => unknown): unknown {
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return redactError(value, inner);
  if (value instanceof Map) return redactFields(Object.fromEntries(value), inner);
  if (Array.isArray(value) || value instanceof Set) return [...value].map(inner);
  return redactFields(value, inner);
}

function redactFields(fields: object, inner: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, item]) => [name, isSecretName(name) && item !== undefined ? MASK : inner(item)]),
  );
}

/** Stays an Error, so that the logger prints stack and causes as it does for every other. */
function redactError(error: Error, inner: (item: unknown) => unknown): Error {
  const copy = new Error(redactText(error.message));
  copy.name = error.name;
  copy.stack = redactText(error.stack ?? '');
  if (error.cause !== undefined) copy.cause = inner(error.cause);
  return Object.assign(copy, redactFields(error, inner));
}

function redactText(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${MASK}@`);
}
