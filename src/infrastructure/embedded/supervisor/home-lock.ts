import { setTimeout as sleep } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';

/** How often a waiting supervisor looks whether the one before it is gone. */
const LOCK_POLL_MS = 50;

export interface HomeLock {
  release(): Promise<void>;
}

/**
 * The right to supervise one home. It is the file lock of a LevelDB folder, because the kernel takes that back however
 * its holder dies; a file with a process id in it would have to be judged by its readers, who race.
 *
 * @param isServed whether a supervisor answers already; while the lock is held and nobody answers, one is on its way up or down
 * @returns undefined when another supervisor serves this home
 */
export async function lockHome(folder: string, isServed: () => Promise<boolean>): Promise<HomeLock | undefined> {
  for (;;) {
    const level = new ClassicLevel(folder);
    try {
      await level.open();
      return { release: () => level.close() };
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
    if (await isServed()) return undefined;
    await sleep(LOCK_POLL_MS);
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'LEVEL_LOCKED';
}
