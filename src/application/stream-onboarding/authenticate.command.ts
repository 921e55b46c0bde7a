import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AwsCredentials, StreamSource } from '../../domain/ports/stream-source.port.js';
import { CallerSessions } from './caller-sessions.js';

export interface Authenticated {
  readonly authenticated: true;
  readonly streamNames: string[];
  readonly session: string;
  readonly expiresAt: string;
}

/** Check AWS credentials by listing streams with them, and hold them for one session. */
export class AuthenticateCommand extends Command<Authenticated> {
  constructor(readonly credentials: AwsCredentials) {
    super();
  }
}

@CommandHandler(AuthenticateCommand)
export class AuthenticateHandler implements ICommandHandler<AuthenticateCommand> {
  constructor(
    private readonly streams: StreamSource,
    private readonly sessions: CallerSessions,
  ) {}

  async execute({ credentials }: AuthenticateCommand): Promise<Authenticated> {
    const streamNames = await this.streams.list(credentials);
    const { id, expiresAtMs } = this.sessions.open(credentials);
    return { authenticated: true, streamNames, session: id, expiresAt: new Date(expiresAtMs).toISOString() };
  }
}
