/** Deeper values are refused: PostgreSQL's own limit lies where its stack ends. */
export const MAX_JSON_DEPTH = 200;

/** What keeps a value from being kept exactly as it came; undefined when nothing does. */
export function jsonMisfit(value: unknown, depth = 0): string | undefined {
  if (depth > MAX_JSON_DEPTH) return `is nested deeper than ${MAX_JSON_DEPTH} levels`;
  if (typeof value === 'string') return textMisfit(value);
  if (typeof value === 'number') return numberMisfit(value);
  if (Array.isArray(value)) return firstMisfit(value, depth);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const name of Object.keys(value)) {
    const misfit = textMisfit(name);
    if (misfit !== undefined) return misfit;
  }
  return firstMisfit(Object.values(value), depth);
}

function firstMisfit(values: readonly unknown[], depth: number): string | undefined {
  for (const value of values) {
    const misfit = jsonMisfit(value, depth + 1);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function numberMisfit(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'holds a number beyond the range of a double';
  // Up to 10^21 they are written digit by digit, and the last digits may be others than those that came.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    return 'holds a whole number beyond 2^53, which JSON readers round: send it as text';
  }
  return undefined;
}

const SUSPICIOUS = /[\0\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What no engine can keep in a text. */
export function textMisfit(text: string): string | undefined {
  if (!SUSPICIOUS.test(text)) return undefined;
  if (text.includes('\0')) return 'holds the zero character';
  return LONE_SURROGATE.test(text) ? 'is no valid Unicode: it holds half a surrogate pair' : undefined;
}

/** JSON whose members are sorted by name: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) => (isObject(each) ? sorted(each) : each));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names that look like numbers come first, whatever the order they are put in: that is an order too. */
function sorted(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
