import { QueryBus } from '@nestjs/cqrs';
import { CommandRunner, Option, SubCommand } from 'nest-commander';
import { ListAlertsQuery } from '../../../application/event-pipelines/list-alerts.query.js';
import { ALERT_STATES, type AlertState } from '../../../domain/event-pipelines/window-alerts.js';
import { answer } from '../answer.js';
import { parseWord } from '../parse-option.js';
import { Progress } from '../progress.js';
import { alertsText } from './alert-text.js';
import { JSON_OPTION, pageOptions, SharedOptions } from '../shared-options.js';

interface Options {
  readonly state?: AlertState;
  readonly alert?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

@SubCommand({
  name: 'alerts',
  arguments: '<domain>',
  description: 'List the windows for which alerts of a domain fire or fired, latest first',
})
@SharedOptions(...pageOptions('Alerts', { default: 100, max: 1000 }), JSON_OPTION)
export class ListAlertsCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run([domain = '']: string[], { json, ...filter }: Options): Promise<void> {
    const query = new ListAlertsQuery(domain, filter);
    const list = await this.progress.during('Listing alerts', () => this.queries.execute(query));
    answer(list, alertsText(list), json);
  }

  @Option({ flags: '--state <state>', description: `${ALERT_STATES.join(', ')} (default: all)` })
  parseState(text: string): AlertState {
    return parseWord(text, ALERT_STATES);
  }

  @Option({ flags: '-a, --alert <name>', description: 'Only this alert' })
  parseAlert(text: string): string {
    return text;
  }
}
