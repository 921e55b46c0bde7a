import { type DynamicModule, Module } from '@nestjs/common';
import { CommandFactory, CommandRunnerService } from 'nest-commander';
import { appModule } from './app.module.js';
import { CAPABILITIES, type Capability } from './capabilities.js';
import { AccessSettings } from './infrastructure/config/access.settings.js';
import type { Environment } from './infrastructure/config/env.js';
import { LoggingSettings } from './infrastructure/config/logging.settings.js';
import { loadSettings } from './infrastructure/config/settings.module.js';
import { openLog } from './infrastructure/logging/logging.module.js';
import { ServiceLog } from './infrastructure/logging/service-log.js';
import { openApiKeys } from './infrastructure/operation-ports.module.js';
import { CliCoreModule } from './interfaces/cli/cli-core.module.js';
import type { CommandGroup } from './interfaces/cli/command-groups.js';
import { CommandLogger } from './interfaces/cli/command-logger.js';
import { errorText } from './interfaces/cli/error-text.js';
import { EXIT, exitCodeOf } from './interfaces/cli/exit-codes.js';
import { ExitSignal } from './interfaces/cli/exit-signal.js';
import { Progress } from './interfaces/cli/progress.js';
import { withUnderscores } from './interfaces/cli/with-underscores.js';

export interface CommandOptions {
  /** Instead of `.env` and the environment. */
  readonly environment?: Environment;
  readonly capabilities?: readonly Capability[];
}

/** Runs one command of a group and answers the exit code; nothing it used is left running. */
export async function runCommand(
  group: CommandGroup,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<number> {
  const progress = new Progress();
  try {
    const spelled = group.takesHyphens ? withUnderscores(words) : words;
    return await runIn(await rootModule(group, progress, options), progress, spelled);
  } catch (error) {
    progress.hide();
    return endWith(error);
  }
}

@Module({})
class CommandRoot {}

interface Root {
  readonly module: DynamicModule;
  readonly logger: CommandLogger | false;
}

async function runIn({ module, logger }: Root, progress: Progress, words: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  const app = await CommandFactory.createWithoutRunning(module, {
    logger,
    abortOnError: false,
    // Without it nest-commander prints the error and ends with 0.
    serviceErrorHandler: (error) => {
      progress.hide();
      exitCode = endWith(error);
    },
  });
  try {
    await app.get(CommandRunnerService).run(['node', 'penstock', ...words]);
  } finally {
    await app.close();
  }
  return exitCode;
}

async function rootModule(group: CommandGroup, progress: Progress, options: CommandOptions): Promise<Root> {
  const imports = [CliCoreModule.of(progress), await group.load()];
  if (group.capabilities === 'none') return { module: { module: CommandRoot, imports }, logger: false };
  const settings = await loadSettings(options.environment);
  const { logger } = openLog(settings.get(LoggingSettings), 'stderr');
  const app = await appModule({
    settings,
    logger,
    apiKeys: await openApiKeys(settings.get(AccessSettings), new ServiceLog(logger)),
    capabilities: chosenBy(group, options.capabilities ?? CAPABILITIES),
    routes: false,
    workers: false,
  });
  return {
    module: { module: CommandRoot, imports: [app, ...imports] },
    logger: new CommandLogger(logger, progress),
  };
}

function chosenBy({ capabilities }: CommandGroup, all: readonly Capability[]): readonly Capability[] {
  return capabilities === 'all' ? all : all.filter(({ name }) => capabilities.includes(name));
}

function endWith(error: unknown): number {
  if (error instanceof ExitSignal) return error.exitCode;
  process.stderr.write(errorText(error));
  return exitCodeOf(error);
}
