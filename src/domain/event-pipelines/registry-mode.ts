/** What a registry, or a subject of it, lets be done: READONLY nothing new, IMPORT schemas that bring their ids. */
export const REGISTRY_MODES = ['READWRITE', 'READONLY', 'IMPORT'] as const;
export type RegistryMode = (typeof REGISTRY_MODES)[number];

export const DEFAULT_MODE: RegistryMode = 'READWRITE';
