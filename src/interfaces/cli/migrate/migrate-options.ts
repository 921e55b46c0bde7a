import { PenstockError } from '../../../domain/errors.js';
import { MIGRATED_ENGINES, type MigratedEngine } from '../../../domain/shared/migrated-engine.js';

export const ENGINE_FLAGS = '-e, --engine <engine>';
export const JSON_FLAGS = '--json';

/** @throws PenstockError `request.invalid` */
export function parseEngine(text: string): MigratedEngine {
  const engine = MIGRATED_ENGINES.find((name) => name === text);
  if (engine !== undefined) return engine;
  throw new PenstockError('request.invalid', `--engine is one of ${MIGRATED_ENGINES.join(', ')}.`);
}

/** Results go to stdout, one line of JSON for machines or lines of text. */
export function answer(result: unknown, lines: readonly string[], json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
}
