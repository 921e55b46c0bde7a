import { describe, expect, it } from 'vitest';
import { CallerSessions } from '../../../../src/application/stream-onboarding/caller-sessions.js';
import { PenstockError } from '../../../../src/domain/errors.js';

function world() {
  const clock = { at: 0, nowMs: () => clock.at, sleep: () => Promise.resolve() };
  const limits = { defaultDatabase: 'default', sessionTtlMs: 1000, maxSessions: 3, queryTimeoutMs: 1000 };
  const sessions = new CallerSessions(clock, limits);
  const open = (accessKey: string) => sessions.open({ accessKey, secretKey: 's' });
  const whoami = (session?: string) =>
    sessions.act(session, async (identity) => (identity === 'service' ? identity : identity.accessKey));
  return { clock, sessions, open, whoami };
}

describe('sessions of callers', () => {
  it('act with the credentials of their own caller only', async () => {
    const { open, whoami } = world();
    const [ann, bob] = [open('ann'), open('bob')];
    expect(ann.id).toMatch(/^[\w-]{43}$/);
    expect(await Promise.all([whoami(bob.id), whoami(ann.id), whoami()])).toEqual(['bob', 'ann', 'service']);
  });

  it('end with their time', async () => {
    const { clock, open, whoami } = world();
    const { id, expiresAtMs } = open('ann');
    clock.at = expiresAtMs - 1;
    expect(await whoami(id)).toBe('ann');
    clock.at = expiresAtMs;
    await expect(whoami(id)).rejects.toMatchObject({ code: 'session.missing' });
  });

  it('are limited in number: a further one ends the oldest', async () => {
    const { open, whoami } = world();
    const ids = ['a', 'b', 'c', 'd'].map((key) => open(key).id);
    await expect(whoami(ids[0])).rejects.toMatchObject({ code: 'session.missing' });
    expect(await Promise.all(ids.slice(1).map(whoami))).toEqual(['b', 'c', 'd']);
  });

  it('never fall back to the service when they are unknown', async () => {
    await expect(world().whoami('nobody')).rejects.toMatchObject({ code: 'session.missing' });
  });

  it('are asked for when the service has no identity of its own; a refused session stays refused', async () => {
    const { sessions, open } = world();
    const refuse = () => Promise.reject(new PenstockError('credentials.refused', 'no'));
    await expect(sessions.act(undefined, refuse)).rejects.toMatchObject({ code: 'session.missing' });
    await expect(sessions.act(open('ann').id, refuse)).rejects.toMatchObject({ code: 'credentials.refused' });
  });
});
