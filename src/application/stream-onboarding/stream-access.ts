import { PenstockError } from '../../domain/errors.js';
import type { StreamDescription, StreamSource } from '../../domain/ports/stream-source.port.js';
import type { CallerSessions } from './caller-sessions.js';
import { hasCode } from './connector-life.js';

/** Which streams a caller may have copied. */
export class StreamAccess {
  constructor(
    private readonly streams: StreamSource,
    private readonly sessions: CallerSessions,
  ) {}

  /**
   * The stream as the caller knows it. A session's rights choose it, but copying goes on after the session, under the
   * service's own rights, so these must reach the same stream.
   *
   * @throws PenstockError `session.missing`, `stream.unknown`, `stream.forbidden`
   */
  async toCopy(streamName: string, session: string | undefined): Promise<StreamDescription> {
    const chosen = await this.sessions.act(session, (identity) => this.streams.describe(streamName, identity));
    if (session === undefined) return chosen;
    const own = await this.streams.describe(streamName, 'service').catch(refuse(streamName));
    if (own.arn === chosen.arn) return chosen;
    return refuse(streamName)(new PenstockError('stream.unknown', 'Another account has a stream of this name.'));
  }
}

function refuse(streamName: string): (cause: unknown) => never {
  return (cause) => {
    if (!hasCode(cause, 'stream.unknown', 'stream.forbidden', 'credentials.refused')) throw cause;
    const message =
      `Your credentials reach the stream "${streamName}", but the service's own AWS identity, ` +
      'which copies it, does not. Give that identity the right to read it.';
    throw new PenstockError('stream.forbidden', message, { cause });
  };
}
