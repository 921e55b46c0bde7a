import { PenstockError } from '../../domain/errors.js';

/** What a process says before it ends with an error: what is wrong and where, without a stack. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof PenstockError)) return `penstock: failed by a defect of its own: ${message}\n`;
  const faults = error.faults.map(({ path, message: fault }) => `  ${path}: ${fault}\n`);
  return `penstock: ${message}\n${faults.join('')}`;
}
