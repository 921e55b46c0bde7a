import { randomBytes } from 'node:crypto';
import { PenstockError } from '../../domain/errors.js';
import type { Clock } from '../../domain/ports/clock.port.js';
import type { AwsCredentials, StreamIdentity } from '../../domain/ports/stream-source.port.js';
import type { OnboardingLimits } from '../../domain/stream-onboarding/onboarding-limits.js';

/** What a caller keeps: whoever shows the id acts with the credentials behind it. */
export interface CallerSession {
  readonly id: string;
  readonly expiresAtMs: number;
}

interface Held {
  readonly credentials: AwsCredentials;
  readonly expiresAtMs: number;
}

const ID_BYTES = 32;

/** Credentials that callers have shown, each for its own session only; in memory, for a limited time, a limited number. */
export class CallerSessions {
  private readonly held = new Map<string, Held>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: OnboardingLimits,
  ) {}

  open(credentials: AwsCredentials): CallerSession {
    this.forgetExpired();
    const oldest = this.held.keys().next();
    if (this.held.size >= this.limits.maxSessions && !oldest.done) this.held.delete(oldest.value);
    const id = randomBytes(ID_BYTES).toString('base64url');
    const expiresAtMs = this.clock.nowMs() + this.limits.sessionTtlMs;
    this.held.set(id, { credentials, expiresAtMs });
    return { id, expiresAtMs };
  }

  /**
   * Acts under the session's credentials, or, without a session, as the service itself.
   *
   * @throws PenstockError `session.missing` when the session has ended, or there is none and the service has no identity
   */
  async act<T>(session: string | undefined, action: (identity: StreamIdentity) => Promise<T>): Promise<T> {
    if (session !== undefined) return action(this.credentialsOf(session));
    try {
      return await action('service');
    } catch (cause) {
      if (!(cause instanceof PenstockError) || cause.code !== 'credentials.refused') throw cause;
      const message = 'The service has no AWS identity of its own that is accepted: authenticate first.';
      throw new PenstockError('session.missing', message, { cause });
    }
  }

  private credentialsOf(session: string): AwsCredentials {
    this.forgetExpired();
    const held = this.held.get(session);
    if (held !== undefined) return held.credentials;
    throw new PenstockError('session.missing', 'The session has ended, or never was: authenticate again.');
  }

  /** All sessions live equally long, so the oldest stand in front. */
  private forgetExpired(): void {
    const nowMs = this.clock.nowMs();
    for (const [id, { expiresAtMs }] of this.held) {
      if (expiresAtMs > nowMs) return;
      this.held.delete(id);
    }
  }
}
