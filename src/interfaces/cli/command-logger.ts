import type { LoggerService } from '@nestjs/common';
import type { Progress } from './progress.js';

type Sink = Required<Pick<LoggerService, 'log' | 'warn' | 'error' | 'fatal' | 'debug' | 'verbose'>>;

/** The context under which the embedded engines tell how their start goes. */
const ENGINES = 'Engines';

/** The log of a command: warnings and errors; of the rest only that an engine starts, which is what one waits for. */
export class CommandLogger implements LoggerService {
  constructor(
    private readonly sink: Sink,
    private readonly progress: Progress,
  ) {}

  log(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) === ENGINES && typeof message === 'string') this.progress.step(message);
    else this.sink.debug(message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.progress.hide();
    this.sink.warn(message, ...rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.progress.hide();
    this.sink.error(message, ...rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.progress.hide();
    this.sink.fatal(message, ...rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.sink.debug(message, ...rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.sink.verbose(message, ...rest);
  }
}
