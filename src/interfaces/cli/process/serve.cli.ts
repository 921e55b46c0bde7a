import { Command, CommandRunner } from 'nest-commander';
import { ExitSignal } from '../exit-signal.js';

@Command({ name: 'serve', description: 'Run the API, the probes and the stream workers' })
export class ServeCli extends CommandRunner {
  override async run(): Promise<void> {
    const { serve } = await import('../../../main.js');
    throw new ExitSignal(await serve());
  }
}
