import { COMMAND_GROUPS } from './command-groups.js';

/** `penstock --help`, in commander's form, without loading commander. */
export function rootHelp(description: string): string {
  const width = Math.max(...COMMAND_GROUPS.map(({ name }) => name.length));
  const commands = COMMAND_GROUPS.map(({ name, description: what }) => `  ${name.padEnd(width)}  ${what}`);
  return [
    'Usage: penstock <command> [options]',
    '',
    description,
    '',
    'Options:',
    '  -h, --help     Show this, or what a command can do: penstock <command> --help',
    '  -V, --version  Show the version',
    '',
    'Commands:',
    ...commands,
    '',
  ].join('\n');
}
