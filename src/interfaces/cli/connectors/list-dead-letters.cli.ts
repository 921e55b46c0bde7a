import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import {
  type DeadLetterList,
  ListDeadLettersQuery,
} from '../../../application/stream-onboarding/list-dead-letters.query.js';
import { DEAD_LETTER_STATES, type DeadLetterState } from '../../../domain/stream-onboarding/dead-letter.js';
import { answer } from '../answer.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, pageOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly state?: DeadLetterState;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'dead-letters',
  arguments: '<connector>',
  description: 'List records that could not be stored, and why',
})
@SharedOptions(...pageOptions('Letters', { default: 50, max: 100 }), JSON_OPTION)
export class ListDeadLettersCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([id = '']: string[], { json, ...filter }: Options): Promise<void> {
    const list = await this.progress.during('Listing dead letters', () =>
      this.queries.execute(new ListDeadLettersQuery(id, filter)),
    );
    answer(list, deadLettersText(list), json);
  }

  @Option({ flags: '--state <state>', description: 'open, replaying, replayed or discarded (default: all)' })
  parseState(text: string): DeadLetterState {
    return parseWord(text, DEAD_LETTER_STATES);
  }
}

function deadLettersText({ deadLetters, next }: DeadLetterList): string[] {
  if (deadLetters.length === 0) return ['There are no dead letters.'];
  const head = ['id', 'state', 'shard', 'arrived', 'code', 'column', 'reason', 'record'];
  const rows = deadLetters.map(({ id, state, shardId, arrivedAt, code, column, reason, text, bytes }) => {
    return [id, state, shardId, arrivedAt, code, column, reason, text ?? bytes];
  });
  return [...textTable(head, rows), ...(next === undefined ? [] : [`There are more: --cursor ${next}`])];
}
