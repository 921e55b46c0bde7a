/**
 * What a key may do. `read`: look at anything. `load`: bring rows and events in. `write`: create, change and remove.
 * `admin`: everything, the running of the service included.
 */
export const SCOPES = ['read', 'load', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is asking, and what they may do. */
export interface Caller {
  /** The name of the key; never the key. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** `admin` includes the other three; they do not include one another. */
export function mayUse(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes(scope) || caller.scopes.includes('admin');
}
