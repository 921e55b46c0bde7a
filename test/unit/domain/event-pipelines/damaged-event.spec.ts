import { isUtf8 } from 'node:buffer';
import { expect, it } from 'vitest';
import { damagedEvent } from '../../../../src/domain/event-pipelines/damaged-event.js';
import { sessionEvents } from '../../../../src/domain/event-pipelines/session-events.js';
import { seededRandom } from '../../../../src/domain/shared/seeded-random.js';

const [event] = sessionEvents(seededRandom(1), 0) as [ReturnType<typeof sessionEvents>[number]];
const textOf = (damage: Parameters<typeof damagedEvent>[0]) => Buffer.from(damagedEvent(damage, event)).toString();

it('puts letters where a number belongs, and leaves the rest of the event', () => {
  expect(JSON.parse(textOf('letters-for-number'))).toEqual({ ...event, user_id: `about ${event.user_id}` });
});

it('cuts an event off, so that it is no JSON', () => {
  expect(() => JSON.parse(textOf('cut-off')) as unknown).toThrow(SyntaxError);
});

it('writes an event in another encoding than UTF-8', () => {
  expect(isUtf8(damagedEvent('not-utf8', event))).toBe(false);
});
