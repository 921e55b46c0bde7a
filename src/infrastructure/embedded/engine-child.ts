/**
 * The engine's side of the supervisor's protocol: an engine is a process of its own, `<engine>/main.js`, that is told
 * its arguments, says over IPC when it is ready, and leaves when it is told to or when its supervisor is gone.
 */

/** What every engine is told, beside settings of its own (credentials, mostly). */
export interface EngineArguments {
  /** The engine's own data folder; exists. */
  readonly dir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Settings travel here, for anybody on the machine can read a command line. */
export const SETTINGS_VARIABLE = 'PENSTOCK_ENGINE_SETTINGS';

/** From an engine to its supervisor. `fatal`: starting it again would not help, and why, for people. */
export type EngineMessage =
  | { readonly ready: true; readonly port: number }
  | { readonly step: string }
  | { readonly fatal: string };

export interface StartedEngine {
  readonly port: number;
  /** Stops cleanly; called once. */
  stop(): Promise<void>;
}

export interface EngineStart {
  /** Aborted when the engine is to stop although it is not ready yet. */
  readonly signal: AbortSignal;
  /** Says what takes so long: `preparing its data folder`. */
  readonly step: (text: string) => void;
}

/** Thrown by a start that will never succeed on this machine; its message is shown to people. */
export class EngineCannotRun extends Error {
  override readonly name = 'EngineCannotRun';
}

/** What this engine is told; its own settings are those that `supervisor/engine-table.ts` has for it. */
export function engineArguments(): EngineArguments {
  const common: unknown = JSON.parse(process.argv[2] ?? '{}');
  const settings: unknown = JSON.parse(process.env[SETTINGS_VARIABLE] ?? '{}');
  // The supervisor of the same build wrote them.
  return { ...(common as EngineArguments), ...(settings as object) };
}

/** Runs the engine for as long as it is wanted. The process never returns from it. */
export async function runEngine(start: (start: EngineStart) => Promise<StartedEngine>): Promise<never> {
  const wanted = new AbortController();
  const unwanted = new Promise<void>((resolve) => wanted.signal.addEventListener('abort', () => resolve()));
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(event, () => wanted.abort());
  // A terminal's hang-up concerns the service, not its engines.
  process.on('SIGHUP', () => undefined);
  // The supervisor reads our output; when it is gone, there is still a data folder to close.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const engine = await start({ signal: wanted.signal, step: (step) => tell({ step }) });
    tell({ ready: true, port: engine.port });
    await unwanted;
    await engine.stop();
  } catch (error) {
    if (wanted.signal.aborted) process.exit(0);
    if (error instanceof EngineCannotRun) tell({ fatal: error.message });
    reportDefect(error);
    process.exit(1);
  }
  process.exit(0);
}

/** What failed and where; the message only if it was written by us, for those of others may hold values. */
export function reportDefect(error: unknown): void {
  if (!(error instanceof Error)) return;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const isOurs = error.name === 'PenstockError' || error instanceof EngineCannotRun;
  process.stderr.write(`${error.name}${code}${isOurs ? `: ${error.message}` : ''}\n${frames.join('\n')}\n`);
}

/** Without a supervisor, as when it is started by hand, an engine says on its output where it listens. */
function tell(message: EngineMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
  else if ('ready' in message) process.stdout.write(`${JSON.stringify(message)}\n`);
}
