import { constants } from 'node:os';

const STOPS = ['SIGTERM', 'SIGINT'] as const;
type Stop = (typeof STOPS)[number];

/** A terminal sends Ctrl-C to npm and to us, and npm passes its own on: within this time it is the same keystroke. */
const ECHO_MS = 500;

/** What ends a process: the first signal asks, the second insists; an error nobody caught asks as well. */
export class Signals {
  private reason: Stop | Error | undefined;
  private askedAtMs = 0;
  private exitCode: number | undefined;
  private readonly waiting: (() => void)[] = [];

  constructor() {
    for (const signal of STOPS) process.on(signal, this.onSignal);
    process.on('uncaughtException', this.onError);
  }

  /** The first reason to stop. */
  async asked(): Promise<Stop | Error> {
    while (this.reason === undefined) await this.change();
    return this.reason;
  }

  /** The exit code of a process that was told twice. */
  async insisted(): Promise<number> {
    while (this.exitCode === undefined) await this.change();
    return this.exitCode;
  }

  close(): void {
    for (const signal of STOPS) process.off(signal, this.onSignal);
    process.off('uncaughtException', this.onError);
  }

  private readonly onSignal = (signal: Stop): void => {
    const atMs = performance.now();
    if (this.reason === undefined) {
      this.reason = signal;
      this.askedAtMs = atMs;
    } else if (signal !== this.reason || atMs - this.askedAtMs > ECHO_MS) {
      this.exitCode = 128 + constants.signals[signal]; // as a shell tells that a signal ended a program
    }
    this.wake();
  };

  private readonly onError = (error: Error): void => {
    this.reason ??= error;
    this.wake();
  };

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
