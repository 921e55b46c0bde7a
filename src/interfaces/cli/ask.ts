import { createInterface } from 'node:readline/promises';
import { PenstockError } from '../../domain/errors.js';

/**
 * Asks whoever sits at the terminal. Nobody to ask is no consent.
 *
 * @throws PenstockError `request.invalid` unless the answer is yes
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new PenstockError('request.invalid', `${question} Say --yes to do it.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const reply = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(reply.trim())) throw new PenstockError('request.invalid', 'Nothing was done.');
}
