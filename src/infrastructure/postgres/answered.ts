import { PenstockError } from '../../domain/errors.js';

/** The server ends a statement that takes too long itself; one that does not even do that is given up this much later. */
const GRACE_MS = 5000;

/**
 * Waits for a statement of a session, which the client itself never gives up. The session must be closed when it throws.
 *
 * @throws PenstockError `database.unreachable`
 */
export async function answered<T>(statement: Promise<T>, statementTimeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    const give = (): void => reject(new PenstockError('database.unreachable', 'PostgreSQL fell silent.'));
    timer = setTimeout(give, statementTimeoutMs + GRACE_MS);
  });
  try {
    return await Promise.race([statement, silence]);
  } finally {
    clearTimeout(timer);
    statement.catch(() => undefined); // what it says after it was given up
  }
}
