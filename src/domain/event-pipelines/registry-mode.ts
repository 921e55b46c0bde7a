import { PenstockError } from '../errors.js';
import { COMPATIBILITY_LEVELS, type CompatibilityLevel } from './avro/compatibility.js';

/** What a registry, or a subject of it, lets be done: READONLY nothing new, IMPORT schemas that bring their ids. */
export const REGISTRY_MODES = ['READWRITE', 'READONLY', 'IMPORT'] as const;
export type RegistryMode = (typeof REGISTRY_MODES)[number];

export const DEFAULT_MODE: RegistryMode = 'READWRITE';

/** As somebody asks for them. */
export interface GivenRules {
  readonly compatibility?: string;
  readonly mode?: string;
}

/** @throws PenstockError `registry.compatibility-invalid`, `registry.mode-invalid` */
export function checkedRules({ compatibility, mode }: GivenRules): {
  readonly compatibility?: CompatibilityLevel;
  readonly mode?: RegistryMode;
} {
  const level = COMPATIBILITY_LEVELS.find((each) => each === compatibility?.toUpperCase());
  if (compatibility !== undefined && level === undefined) {
    const message = `Invalid compatibility level. Valid values are ${COMPATIBILITY_LEVELS.join(', ')}.`;
    throw new PenstockError('registry.compatibility-invalid', message);
  }
  const known = REGISTRY_MODES.find((each) => each === mode?.toUpperCase());
  if (mode !== undefined && known === undefined) {
    throw new PenstockError('registry.mode-invalid', `Invalid mode. Valid values are ${REGISTRY_MODES.join(', ')}.`);
  }
  return { ...(level !== undefined && { compatibility: level }), ...(known !== undefined && { mode: known }) };
}
