import { redact } from './redact.js';
import type { RequestScope } from './request-scope.js';

/** Where lines go; Nest's loggers have this shape. */
export type LogSink = Record<SinkLevel, (message: unknown, ...rest: unknown[]) => void>;
type SinkLevel = 'verbose' | 'debug' | 'log' | 'warn' | 'error' | 'fatal';

/** What Nest tells while it boots: a line for each of its modules and routes. */
const BOOT_CONTEXTS = new Set<unknown>([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);

/** The logger of the whole service, Nest included: adds the request's id to every line and masks secrets. */
export class ServiceLogger implements LogSink {
  constructor(
    private readonly sink: LogSink,
    private readonly scope: RequestScope,
  ) {}

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('verbose', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write(BOOT_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'log', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: SinkLevel, message: unknown, rest: readonly unknown[]): void {
    const requestId = this.scope.requestId();
    const fields = requestId === undefined ? [] : [{ requestId }];
    this.sink[level](redact(message), ...fields, ...rest.map(redact));
  }
}
