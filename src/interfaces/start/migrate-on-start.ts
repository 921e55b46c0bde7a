import type { CommandBus } from '@nestjs/cqrs';
import pRetry from 'p-retry';
import { type AppliedMigration, MigrateUpCommand } from '../../application/migrate/migrate-up.command.js';
import { PenstockError } from '../../domain/errors.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * Applies what is pending when the service starts. An engine that does not answer is waited for, as long as it takes: the
 * service is up, says in /health/ready what it waits for, and goes on by itself. A migration that fails is not repeated.
 *
 * @throws PenstockError as MigrateUpCommand, but none of kind `unavailable`; the reason of `signal` when it is aborted
 */
export function migrateOnStart(
  commands: CommandBus,
  signal: AbortSignal,
  onWaiting: (reason: PenstockError) => void,
): Promise<AppliedMigration[]> {
  return pRetry(() => commands.execute(new MigrateUpCommand()), {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: FIRST_WAIT_MS,
    maxTimeout: LONGEST_WAIT_MS,
    signal,
    shouldRetry: ({ error }) => error instanceof PenstockError && error.kind === 'unavailable',
    onFailedAttempt: ({ error }) => {
      if (error instanceof PenstockError && error.kind === 'unavailable') onWaiting(error);
    },
  });
}
