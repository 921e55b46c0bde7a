declare module 'dynalite' {
  import type { Server } from 'node:http';

  export interface DynaliteOptions {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** A server that was never told to listen answers the requests it is handed by `emit('request', …)`. */
  export default function dynalite(options: DynaliteOptions): Server;
}
