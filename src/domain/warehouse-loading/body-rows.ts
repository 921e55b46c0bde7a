import type { Fault } from '../errors.js';

const MAX_NAME = 100;

/** The rows of a body `{"data": […]}`, or why it is none; what else it holds is a fault too, because it would be lost. */
export function bodyRows(body: unknown): readonly unknown[] | { readonly faults: readonly Fault[] } {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const { data, ...others } = (isObject ? body : {}) as { readonly data?: unknown }; // checked below
  const unknown = Object.keys(others).map((name) => ({ path: name.slice(0, MAX_NAME), message: 'is not known' }));
  if (!Array.isArray(data)) return { faults: [{ path: 'data', message: 'must be an array of rows' }, ...unknown] };
  return unknown.length > 0 ? { faults: unknown } : (data as readonly unknown[]);
}
