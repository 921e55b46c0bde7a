import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { EXIT, exitCodeOf } from './interfaces/cli/exit-codes.js';
import { errorText } from './interfaces/cli/error-text.js';
import { type Role, type RunningService, type ServiceOptions, startService } from './service.js';
import { Signals } from './signals.js';

/** `penstock serve`: runs until a signal; answers the exit code, with which the caller must end the process. */
export const serve = (options?: ServiceOptions): Promise<number> => run('serve', options);

/** `penstock worker`: as `serve`, without the API. */
export const worker = (options?: ServiceOptions): Promise<number> => run('worker', options);

async function run(role: Role, options: ServiceOptions = {}): Promise<number> {
  const signals = new Signals();
  try {
    return await Promise.race([live(role, options, signals), signals.insisted()]);
  } catch (error) {
    process.stderr.write(errorText(error));
    return exitCodeOf(error);
  } finally {
    signals.close();
  }
}

async function live(role: Role, options: ServiceOptions, signals: Signals): Promise<number> {
  const service = await startService(role, options);
  const end = await signals.asked();
  const logger = new Logger('Penstock');
  if (end instanceof Error) logger.fatal('The service ends by a defect.', end);
  else logger.log(`The service stops on ${end}.`);
  const isStopped = await stopInTime(service);
  if (!isStopped) logger.error(`The service did not stop within ${service.shutdownTimeoutMs} ms and is ended.`);
  return isStopped && !(end instanceof Error) ? EXIT.done : EXIT.defect;
}

async function stopInTime(service: RunningService): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(service.shutdownTimeoutMs, false, { signal: timer.signal });
  try {
    return await Promise.race([service.stop().then(() => true), late]);
  } finally {
    timer.abort();
    late.catch(() => undefined); // aborted, as intended
  }
}
