import { Command, CommandRunner } from 'nest-commander';
import { ExitSignal } from '../exit-signal.js';

@Command({ name: 'worker', description: 'Run the stream workers, with probes and metrics' })
export class WorkerCli extends CommandRunner {
  override async run(): Promise<void> {
    const { worker } = await import('../../../main.js');
    throw new ExitSignal(await worker());
  }
}
