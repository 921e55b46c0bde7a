import { constants } from 'node:os';
import { ExitSignal } from './exit-signal.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that a signal gives up properly: the first asks it to, and the command ends as one that a signal ended; the
 * second ends the process as it is.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: (typeof SIGNALS)[number]): void => {
    process.stderr.write('penstock: given up; a second signal does not wait for that.\n');
    controller.abort(new ExitSignal(128 + constants.signals[name]));
    for (const each of SIGNALS) process.off(each, onSignal);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
