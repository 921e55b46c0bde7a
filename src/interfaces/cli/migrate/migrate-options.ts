import { PenstockError } from '../../../domain/errors.js';
import { MIGRATED_ENGINES, type MigratedEngine } from '../../../domain/shared/migrated-engine.js';

export const ENGINE_FLAGS = '-e, --engine <engine>';

/** @throws PenstockError `request.invalid` */
export function parseEngine(text: string): MigratedEngine {
  const engine = MIGRATED_ENGINES.find((name) => name === text);
  if (engine !== undefined) return engine;
  throw new PenstockError('request.invalid', `--engine is one of ${MIGRATED_ENGINES.join(', ')}.`);
}
