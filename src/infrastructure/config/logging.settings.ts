import { IsBoolean, IsIn, IsOptional, Matches } from 'class-validator';
import { Env } from './env.js';

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is logged, and how. */
export class LoggingSettings {
  /** Least important lines to log: `TRACE`, `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`. */
  @Env('LOGGING_LEVEL')
  @Matches(/^(trace|debug|info|warn|warning|error|critical|fatal)$/i, {
    message: `must be one of ${LOG_LEVELS.join(', ')}`,
  })
  readonly level: string = 'INFO';

  /** `text` or `json`. Unset: text on a terminal, json otherwise. */
  @Env('LOGGING_FORMAT')
  @IsOptional()
  @IsIn(['text', 'json'])
  readonly format?: 'text' | 'json';

  /** The same as `LOGGING_LEVEL=DEBUG`. */
  @Env('DEBUG')
  @IsBoolean()
  readonly debug: boolean = false;

  get threshold(): LogLevel {
    if (this.debug) return 'DEBUG';
    const level = this.level.toUpperCase();
    if (level === 'WARN') return 'WARNING';
    return LOG_LEVELS.find((known) => known === level) ?? 'CRITICAL';
  }
}
