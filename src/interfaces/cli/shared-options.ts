import { Option } from 'nest-commander';
import { JSON_FLAGS } from './answer.js';
import { parseWhole } from './parse-option.js';

/** An option that several commands have. */
export interface SharedOption {
  readonly flags: string;
  readonly description: string;
  /** Its text as a value; left out for a switch. */
  readonly read?: (text: string) => unknown;
}

export const JSON_OPTION: SharedOption = { flags: JSON_FLAGS, description: 'Print JSON' };

/** Of a list that comes in pages. @param what they are: `Runs` */
export function pageOptions(what: string, limits: { readonly default: number; readonly max: number }): SharedOption[] {
  const { default: usual, max } = limits;
  return [
    {
      flags: '-l, --limit <number>',
      description: `${what} on a page (default: ${usual})`,
      read: (text) => parseWhole(text, { max }),
    },
    { flags: '-c, --cursor <cursor>', description: 'Where the page before ended', read: (text) => text },
  ];
}

export const FORCE_OPTION: SharedOption = { flags: '-f, --force', description: 'Replace a file that is there' };

/** Of commands that write a file. @param usual where it goes otherwise: `a file named after the export` */
export function outputOptions(usual: string): SharedOption[] {
  return [
    {
      flags: '-o, --output <file>',
      description: `Where to write; - is stdout (default: ${usual})`,
      read: (text) => text,
    },
    FORCE_OPTION,
  ];
}

/** The command has these options besides its own. nest-commander looks for options on methods, so each becomes one. */
export function SharedOptions(...options: readonly SharedOption[]): ClassDecorator {
  return ({ prototype }) => {
    for (const { flags, description, read = () => true } of options) {
      const name = `option ${flags}`;
      const descriptor = { value: (text: string) => read(text), configurable: true };
      Option({ flags, description })(prototype as object, name, descriptor);
      Object.defineProperty(prototype, name, descriptor);
    }
  };
}
