import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { Connectors } from '../../domain/ports/connectors.port.js';
import type { DeadLetterSelection } from '../../domain/ports/dead-letters.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';
import { checkLetterIds } from '../../domain/stream-onboarding/letter-id.js';
import { ReplayPorts, type ReplayTally, replayClaim } from './replay-claim.js';
import { requireReady } from './switch-connector.js';

export interface ReplayReceipt extends ReplayTally {
  /** Whether there are open letters that this call has not tried, because there were too many. */
  readonly remaining: boolean;
}

/** Letters one call tries. */
export const MAX_REPLAYED = 10_000;
/** Letters held in memory, and stored by one insert, at a time. */
const CHUNK = 100;

/** Try to store dead letters of a connector again: those with the ids, or all open ones, oldest first. Each lands once. */
export class ReplayDeadLettersCommand extends Command<ReplayReceipt> {
  constructor(readonly selection: DeadLetterSelection) {
    super();
  }
}

@CommandHandler(ReplayDeadLettersCommand)
export class ReplayDeadLettersHandler implements ICommandHandler<ReplayDeadLettersCommand> {
  constructor(
    private readonly connectors: Connectors,
    private readonly ports: ReplayPorts,
  ) {}

  async execute({ selection: { connectorId, ids } }: ReplayDeadLettersCommand): Promise<ReplayReceipt> {
    checkLetterIds(ids);
    const connector = await this.connectors.get(connectorId);
    requireReady(connector);
    if ((await this.ports.tables.find(connector.target)) === undefined) {
      throw new PenstockError('table.unknown', 'The table of the connector is gone: nothing can be replayed into it.');
    }
    const tally = await this.finishOpenClaims(connector);
    const chunks = ids === undefined ? this.openIds(connectorId) : chunked(ids);
    let tried: string | undefined;
    for await (const chunk of chunks) {
      add(tally, await this.replayChunk(connector, chunk));
      tried = chunk.at(-1);
    }
    const rest = ids === undefined && tried !== undefined ? await this.openAfter(connectorId, tried, 1) : [];
    return { ...tally, remaining: rest.length > 0 };
  }

  /** What an earlier replay had begun when it died comes first. */
  private async finishOpenClaims(connector: Connector): Promise<ReplayTally> {
    const tally = { replayed: 0, stillFailing: 0 };
    for (;;) {
      const begun = await this.ports.deadLetters.list({ connectorId: connector.id, state: 'replaying', limit: CHUNK });
      const ids = begun.letters.map(({ id }) => id);
      if (ids.length === 0) return tally;
      add(tally, await this.replayChunk(connector, ids));
    }
  }

  private async *openIds(connectorId: string): AsyncGenerator<string[]> {
    let after: string | undefined;
    for (let left = MAX_REPLAYED; left > 0; left -= CHUNK) {
      const ids = await this.openAfter(connectorId, after, Math.min(CHUNK, left));
      if (ids.length === 0) return;
      yield ids;
      after = ids.at(-1);
    }
  }

  private async openAfter(connectorId: string, after: string | undefined, limit: number): Promise<string[]> {
    const place = after === undefined ? {} : { after };
    const { letters } = await this.ports.deadLetters.list({ connectorId, state: 'open', limit, ...place });
    return letters.map(({ id }) => id);
  }

  /** A claim may return the letters of an unfinished one instead, so ask until the chunk's own have had their turn. */
  private async replayChunk(connector: Connector, chunk: readonly string[]): Promise<ReplayTally> {
    const tally = { replayed: 0, stillFailing: 0 };
    const waiting = new Set(chunk);
    while (waiting.size > 0) {
      const claim = await this.ports.deadLetters.claim({ connectorId: connector.id, ids: [...waiting] }, CHUNK);
      if (claim.letters.length === 0) break; // settled by somebody else
      add(tally, await replayClaim(this.ports, connector, claim));
      for (const { id } of claim.letters) waiting.delete(id);
    }
    return tally;
  }
}

function* chunked(ids: readonly string[]): Generator<string[]> {
  for (let at = 0; at < ids.length; at += CHUNK) yield ids.slice(at, at + CHUNK);
}

function add(tally: ReplayTally, more: ReplayTally): void {
  tally.replayed += more.replayed;
  tally.stillFailing += more.stillFailing;
}
