import { Command, CommandRunner, Option } from 'nest-commander';
import { ExitSignal } from '../exit-signal.js';

@Command({ name: 'serve', description: 'Run the API, the probes and the stream workers' })
export class ServeCli extends CommandRunner {
  override async run(_: string[], { demo = false }: { readonly demo?: boolean }): Promise<void> {
    throw new ExitSignal(await (demo ? runDemonstration() : runService()));
  }

  @Option({ flags: '--demo', description: 'Show it at work on a stream of its own; embedded engines only' })
  parseDemo(): boolean {
    return true;
  }
}

async function runService(): Promise<number> {
  return (await import('../../../main.js')).serve();
}

async function runDemonstration(): Promise<number> {
  return (await import('../../../demonstration.js')).demonstrate();
}
