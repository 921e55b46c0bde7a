import { PenstockError } from '../../../domain/errors.js';

/** The engines as a user types them; the handlers' own list is behind the bus, and TypeScript holds the two together. */
const ENGINES = ['postgres', 'clickhouse'] as const;
export type EngineOption = (typeof ENGINES)[number];

export const ENGINE_FLAGS = '-e, --engine <engine>';
export const JSON_FLAGS = '--json';

/** @throws PenstockError `request.invalid` */
export function parseEngine(text: string): EngineOption {
  const engine = ENGINES.find((name) => name === text);
  if (engine !== undefined) return engine;
  throw new PenstockError('request.invalid', `--engine is one of ${ENGINES.join(', ')}.`);
}

/** Results go to stdout, one line of JSON for machines or lines of text. */
export function answer(result: unknown, lines: readonly string[], json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
}
