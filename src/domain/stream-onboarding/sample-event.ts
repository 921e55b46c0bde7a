import { Buffer, isUtf8 } from 'node:buffer';
import { JsonNumber, JsonObject, type JsonValue, parseLosslessJson } from './lossless-json.js';
import type { StreamRecord } from './stream-record.js';

/** The newest record that is a JSON object, to look at; undefined when none is. */
export function newestEvent(records: readonly StreamRecord[]): Record<string, unknown> | undefined {
  const newestFirst = [...records].sort((a, b) => b.arrivedAtMs - a.arrivedAtMs);
  for (const { data } of newestFirst) {
    const value = isUtf8(data) ? parseLosslessJson(Buffer.from(data).toString('utf8')) : undefined;
    if (value instanceof JsonObject) return plainObject(value);
  }
  return undefined;
}

function plainObject({ fields }: JsonObject): Record<string, unknown> {
  return Object.fromEntries([...fields].map(([name, value]) => [name, plain(value)]));
}

/** Integers that a JSON reader would round are given as text, digit by digit. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonObject) return plainObject(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof JsonNumber)) return value;
  const number = Number(value.text);
  const isExact = Number.isSafeInteger(number) || /[.eE]/.test(value.text);
  return isExact && Number.isFinite(number) ? number : value.text;
}
