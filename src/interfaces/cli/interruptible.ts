import { constants } from 'node:os';
import { ExitSignal } from './exit-signal.js';

const STOPS = ['SIGINT', 'SIGTERM'] as const;
/** As shells have it: 128 and the number of the signal. */
const SIGNALLED = 128;

/** Runs work that cleans up behind itself when it is aborted, by Ctrl-C; a second one ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void =>
    controller.abort(new ExitSignal(SIGNALLED + (constants.signals[signal] ?? 0)));
  for (const signal of STOPS) process.once(signal, stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Whatever broke on the way out, this is why.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const signal of STOPS) process.off(signal, stop);
  }
}
