import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is right; the test's own limit ends the asking. */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await sleep(25);
  }
}
