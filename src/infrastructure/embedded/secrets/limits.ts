/** As the service documents them ("AWS Secrets Manager quotas"). */
export const MAX_VALUE_BYTES = 65_536;
export const MAX_STAGES = 20;
export const MAX_TAGS = 50;
/** Versions without a stage are forgotten, the oldest first, beyond this many. */
export const MAX_VERSIONS = 100;
export const MAX_PAGE = 100;
export const DEFAULT_RECOVERY_DAYS = 30;
export const MIN_RECOVERY_DAYS = 7;

/** Ours: all secrets are one file, which is written whole. */
export const MAX_SECRETS = 2000;
/** A value in JSON, every byte of it escaped, and what stands around it. */
export const MAX_BODY_BYTES = 1_000_000;
