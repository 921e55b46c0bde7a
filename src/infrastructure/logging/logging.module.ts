import { ConsoleLogger, type DynamicModule, Module, type LogLevel as NestLevel } from '@nestjs/common';
import { Log } from '../../domain/ports/log.port.js';
import type { LoggingSettings, LogLevel } from '../config/logging.settings.js';
import { RequestScope } from './request-scope.js';
import { ServiceLog } from './service-log.js';
import { type LogSink, ServiceLogger } from './service-logger.js';

const LEVELS: Readonly<Record<LogLevel, readonly NestLevel[]>> = {
  TRACE: ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'],
  DEBUG: ['debug', 'log', 'warn', 'error', 'fatal'],
  INFO: ['log', 'warn', 'error', 'fatal'],
  WARNING: ['warn', 'error', 'fatal'],
  ERROR: ['error', 'fatal'],
  CRITICAL: ['fatal'],
};

/** Where the lines of a process go: a service's to stdout, a command's to stderr, since its stdout is its result. */
export type LogStream = 'stdout' | 'stderr';

class StderrLogger extends ConsoleLogger {
  protected override printMessages(
    ...[messages, context, level, , ...rest]: Parameters<ConsoleLogger['printMessages']>
  ): void {
    super.printMessages(messages, context, level, 'stderr', ...rest);
  }
}

/** The scope and the logger of this process; made before Nest starts, which logs through it. */
export function openLog(
  settings: LoggingSettings,
  stream: LogStream,
  above: Above = (write) => write(),
): { scope: RequestScope; logger: ServiceLogger } {
  const isTerminal = process[stream].isTTY; // undefined where it is not one
  const isJson = (settings.format ?? (isTerminal ? 'text' : 'json')) === 'json';
  const Sink = stream === 'stderr' ? StderrLogger : ConsoleLogger;
  const sink = new Sink({
    prefix: 'Penstock',
    json: isJson,
    flattenParams: true,
    ...((isJson || !isTerminal) && { colors: false }), // on a terminal Nest decides, by NO_COLOR
    compact: true,
    logLevels: [...LEVELS[settings.threshold]],
  });
  const scope = new RequestScope();
  return { scope, logger: new ServiceLogger(writing(sink, above), scope) };
}

/** Where something else is on the screen: has a line written where it does no harm. */
export type Above = (write: () => void) => void;

function writing(sink: LogSink, above: Above): LogSink {
  return {
    verbose: (...words) => above(() => sink.verbose(...words)),
    debug: (...words) => above(() => sink.debug(...words)),
    log: (...words) => above(() => sink.log(...words)),
    warn: (...words) => above(() => sink.warn(...words)),
    error: (...words) => above(() => sink.error(...words)),
    fatal: (...words) => above(() => sink.fatal(...words)),
  };
}

/** The log as handlers and adapters know it. */
@Module({})
export class LoggingModule {
  static of(logger: ServiceLogger): DynamicModule {
    const providers = [{ provide: Log, useValue: new ServiceLog(logger) satisfies Log }];
    return { module: LoggingModule, global: true, providers, exports: providers };
  }
}
