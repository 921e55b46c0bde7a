import { expect, it } from 'vitest';
import { SystemClock } from '../../../src/infrastructure/clock/system-clock.js';

it('wakes a sleeper whose signal is aborted, before or during its sleep, without an error', async () => {
  const clock = new SystemClock();
  const during = new AbortController();
  const asleep = clock.sleep(3_600_000, during.signal);
  during.abort();
  await asleep;
  await clock.sleep(3_600_000, during.signal);
  expect(clock.nowMs()).toBeGreaterThan(0);
});
