import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { RunningEngine } from '../../../domain/ports/engine-room.port.js';
import type { EngineEndpoint, EngineName } from '../engines.js';

/** Counts up with every change that an older process on the same home would not understand. */
export const PROTOCOL_VERSION = 1;

/** Longest line either side takes; a stranger's endless line is cut off here. */
const MAX_LINE_CHARS = 64 * 1024;

/** What `supervisor.json` says: where the supervisor listens, and the word that lets a client in. */
export interface SupervisorAddress {
  readonly version: number;
  readonly pid: number;
  readonly port: number;
  readonly token: string;
}

/** Lines from a client. The connection itself is the lease: engines run for as long as one is open. */
export type ClientMessage =
  | { readonly type: 'hello'; readonly token: string }
  /** Only asks whether anybody is there; never a lease. */
  | { readonly type: 'ping'; readonly token: string }
  | { readonly type: 'need'; readonly id: number; readonly engine: EngineName }
  | { readonly type: 'list'; readonly id: number }
  | { readonly type: 'stop' }
  | { readonly type: 'bye' };

/** Lines from the supervisor. */
export type SupervisorMessage =
  | { readonly type: 'welcome' }
  | { readonly type: 'step'; readonly engine: EngineName; readonly text: string }
  | { readonly type: 'ready'; readonly id: number; readonly endpoint: EngineEndpoint }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }
  | { readonly type: 'engines'; readonly id: number; readonly engines: RunningEngine[] }
  | { readonly type: 'moved'; readonly engine: EngineName; readonly endpoint: EngineEndpoint }
  | { readonly type: 'gone'; readonly engine: EngineName }
  /** Somebody asked to stop the engines: they are not to be started again before they are next needed. */
  | { readonly type: 'stopping' };

export function sendLine(socket: Socket, message: ClientMessage | SupervisorMessage): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Hands each line of the socket, a JSON object, to `take`; one that is too long or no such thing ends the connection. */
export function onLines(socket: Socket, take: (message: object) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) {
      socket.destroy();
      return;
    }
    for (const line of lines) {
      const message = parse(line);
      if (message === undefined) {
        socket.destroy();
        return;
      }
      take(message);
    }
  });
}

function parse(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
