import type { Session } from 'chdb';
import { raise } from './exceptions.js';
import { LIMITS } from './limits.js';
import type { SessionRequest } from './query-request.js';

interface Named {
  readonly session: Session;
  busy: boolean;
  expiry: NodeJS.Timeout | undefined;
}

/** Sessions that live over several requests (`session_id`): temporary tables and `SET` stay in them. */
export class HttpSessions {
  private readonly named = new Map<string, Named>();

  constructor(private readonly open: () => Session) {}

  /** Takes a session for one request; it serves one at a time. */
  take({ id, timeoutS, mustExist }: SessionRequest): { session: Session; giveBack: () => void } {
    const known = this.named.get(id);
    if (known?.busy) throw raise('SESSION_IS_LOCKED', 'Session is locked by a concurrent client.');
    if (!known && mustExist) throw raise('SESSION_NOT_FOUND', 'Session not found.');
    const entry = known ?? this.create(id);
    entry.busy = true;
    clearTimeout(entry.expiry);
    return {
      session: entry.session,
      giveBack: () => {
        entry.busy = false;
        entry.expiry = setTimeout(() => this.end(id), timeoutS * 1_000).unref();
      },
    };
  }

  private create(id: string): Named {
    if (this.named.size >= LIMITS.maxHttpSessions) {
      throw raise('TOO_MANY_SIMULTANEOUS_QUERIES', `Too many sessions. Maximum: ${LIMITS.maxHttpSessions}`);
    }
    const entry: Named = { session: this.open(), busy: false, expiry: undefined };
    this.named.set(id, entry);
    return entry;
  }

  private end(id: string): void {
    this.named.get(id)?.session.close();
    this.named.delete(id);
  }

  close(): void {
    for (const [id, { expiry }] of this.named) {
      clearTimeout(expiry);
      this.end(id);
    }
  }
}
