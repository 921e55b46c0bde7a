import type { OptionMetadata } from 'nest-commander';

export const ENVIRONMENT_OPTION: OptionMetadata = {
  flags: '-e, --environment <name>',
  description: 'dev, prod, … (default: the setting ENVIRONMENT, else none)',
};
