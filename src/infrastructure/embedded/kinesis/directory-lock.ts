import { ClassicLevel } from 'classic-level';
import { PenstockError } from '../../../domain/errors.js';

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Keeps every other process out of a data folder. It is an empty LevelDB, for its lock is one of the operating
 * system: gone with the process that held it, however it ended. Node itself offers no such lock.
 *
 * @throws PenstockError `engine.unavailable`
 */
export async function lockDirectory(path: string, of: string = 'Kinesis'): Promise<DirectoryLock> {
  const level = new ClassicLevel(path);
  try {
    await level.open();
  } catch (cause) {
    const held = cause instanceof Error && codeOf(cause.cause) === 'LEVEL_LOCKED';
    const reason = held ? `Another process uses this ${of} data folder` : `The ${of} data folder cannot be locked`;
    throw new PenstockError('engine.unavailable', `${reason}: ${path}`, { cause });
  }
  return { release: () => level.close() };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
