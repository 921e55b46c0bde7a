import { constants } from 'node:os';

const STOPS = ['SIGINT', 'SIGTERM'] as const;

/** Turns the first Ctrl-C, or the first request to end, into an abort; the second does what it always does. */
export class StopSignal {
  exitCode: number | undefined;
  private readonly controller = new AbortController();

  constructor() {
    for (const signal of STOPS) process.once(signal, this.onSignal);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  close(): void {
    for (const signal of STOPS) process.off(signal, this.onSignal);
  }

  private readonly onSignal = (signal: (typeof STOPS)[number]): void => {
    this.close();
    this.exitCode = 128 + constants.signals[signal]; // as a shell tells that a signal ended a program
    this.controller.abort();
  };
}
