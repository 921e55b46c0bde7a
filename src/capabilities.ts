import type { DynamicModule, Type } from '@nestjs/common';

type Modules = () => Promise<readonly (DynamicModule | Type)[]>;

/** One thing the product does, as modules that are only loaded by the processes that need them. */
export interface Capability {
  readonly name: string;
  /** Its handlers, and the adapters of the ports they hold. */
  readonly handlers: Modules;
  /** Its routes. */
  readonly http?: Modules;
  /** What goes on by itself, without a request. */
  readonly workers?: Modules;
}

/** Everything the product does. A new capability is added here, and nowhere else. */
export const CAPABILITIES: readonly Capability[] = [];
