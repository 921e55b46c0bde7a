import type { Log, LogFields } from '../../domain/ports/log.port.js';
import type { LogSink } from './service-logger.js';

const CONTEXT = 'Penstock';

/** Lets handlers and adapters write into the service's log. */
export class ServiceLog implements Log {
  constructor(private readonly logger: LogSink) {}

  debug(message: string, fields: LogFields = {}): void {
    this.logger.debug(message, fields, CONTEXT);
  }

  info(message: string, fields: LogFields = {}): void {
    this.logger.log(message, fields, CONTEXT);
  }

  warning(message: string, fields: LogFields = {}): void {
    this.logger.warn(message, fields, CONTEXT);
  }

  error(message: string, error: unknown, fields: LogFields = {}): void {
    this.logger.error(message, error instanceof Error ? error : new Error(String(error)), fields, CONTEXT);
  }
}
