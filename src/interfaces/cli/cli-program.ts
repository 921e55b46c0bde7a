import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Command, CommanderError } from 'commander';
import { InjectCommander } from 'nest-commander';
import { EXIT } from './exit-codes.js';
import { ExitSignal } from './exit-signal.js';

/**
 * Makes commander end through the application instead of by process.exit(), so that engines are let go of, with the exit
 * codes of the service; and makes it refuse arguments nobody reads.
 */
@Injectable()
export class CliProgram implements OnApplicationBootstrap {
  constructor(@InjectCommander() private readonly program: Command) {}

  /** nest-commander has built the tree of commands in onModuleInit. */
  onApplicationBootstrap(): void {
    this.program.name('penstock').helpOption('-h, --help', 'Show this');
    harden(this.program);
  }
}

function harden(command: Command): void {
  // Not inherited by commands that were added ready-made, as nest-commander does.
  command.exitOverride(({ exitCode }: CommanderError) => {
    throw new ExitSignal(exitCode === 0 ? EXIT.done : EXIT.usage);
  });
  command.addHelpCommand(false);
  // An option after a sub-command's name is that command's, also where its group has one of the same name.
  command.enablePositionalOptions();
  // A group says itself which of its commands it does not know.
  if (command.commands.length === 0) command.allowExcessArguments(false);
  command.commands.forEach(harden);
}

/** What a group does when none of its commands was named: tells them, and fails. */
export function requireSubCommand(group: Command, [unknown]: readonly string[]): never {
  if (unknown === undefined) return group.help({ error: true });
  const known = group.commands.map((command) => command.name()).join(', ');
  return group.error(`error: unknown command '${unknown}' (there are: ${known})`);
}
