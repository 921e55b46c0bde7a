import type { QueryAnswer } from '../../application/stream-onboarding/run-query.query.js';
import type { StreamSample } from '../../application/stream-onboarding/sample-stream.query.js';
import type { ConnectorView } from '../../domain/stream-onboarding/connector-view.js';
import { SHOP } from './shop.js';

/** What is known of the shop at one moment. */
export interface Moment {
  readonly connector: ConnectorView;
  /** Published since this start. */
  readonly published: number;
  /** Of these, damaged on purpose. */
  readonly damaged: number;
  readonly rows: number;
  /** Rows of events_per_minute: `minute`, `event_type`, `events`. */
  readonly minutes: QueryAnswer['data'];
}

const number = new Intl.NumberFormat('en-US');
const LABEL = 14;
const MINUTE = 9;

export function welcomeText(url: string): string[] {
  const query = `curl -s ${url}/api/query -H 'content-type: application/json'`;
  return [
    '',
    'Penstock is at work on a shop of its own, on embedded engines. It serves until Ctrl-C.',
    '',
    entry('API', `${url}/api/connectors`),
    entry('Docs', `${url}/docs   ${url}/redoc`),
    entry('Health', `${url}/health/ready   ${url}/metrics`),
    entry('Query', `npx penstock query 'SELECT * FROM ${SHOP.perMinute}'`),
    entry('', `${query} -d '{"query": "SELECT * FROM ${SHOP.perMinute}"}'`),
    entry('Engines', 'npx penstock engines'),
    '',
  ];
}

export function schemaText({ inferredSchema, evidence, proposedOrderBy }: StreamSample): string[] {
  const width = Math.max(...inferredSchema.map(({ name }) => name.length));
  return [
    `Inferred from ${evidence.events} of them, sorted by ${proposedOrderBy.join(', ') || 'nothing'}:`,
    ...inferredSchema.map(({ name, type }) => `  ${name.padEnd(width)}  ${type}`),
  ];
}

/** For a terminal, drawn over and over. */
export function pictureOf(moment: Moment): string[] {
  const { connector, published, damaged, rows } = moment;
  const state = connector.state === 'running' ? '' : `   (${connector.state})`;
  return [
    `${connector.streamName} -> ${connector.databaseName}.${connector.tableName}${state}`,
    entry('Published', `${number.format(published)} events since the start, ${damaged} more damaged on purpose`),
    entry('In the table', `${number.format(rows)} rows, ${lagText(connector)}`),
    entry('Dead letters', `${connector.deadLetters}   npx penstock connectors dead-letters ${connector.id}`),
    ...(connector.stalled === undefined ? [] : [entry('Stalled', connector.stalled)]),
    ...minutesText(moment.minutes),
  ];
}

/** For a file or a pipe, every now and then. */
export function lineOf({ connector, published, damaged, rows, minutes }: Moment): string {
  const total = minutes.reduce((sum, { events }) => sum + Number(events), 0);
  return (
    `published: ${published} events and ${damaged} damaged; ${connector.tableName}: ${rows} rows, ${lagText(connector)}; ` +
    `dead letters: ${connector.deadLetters}; ${SHOP.perMinute}: ${total} in the last minutes` +
    (connector.stalled === undefined ? '' : `; stalled: ${connector.stalled}`)
  );
}

function lagText({ lagRecords, lagMs }: ConnectorView): string {
  if (lagRecords !== undefined) return `${number.format(lagRecords)} more records to copy`;
  return lagMs === undefined ? 'copying begins' : `${number.format(lagMs)} ms behind`;
}

/** One line a minute, one column a kind of event, the busiest kind first. */
function minutesText(minutes: Moment['minutes']): string[] {
  const totals = new Map<string, number>();
  const byMinute = new Map<string, Map<string, number>>();
  for (const { minute, event_type: type, events } of minutes) {
    totals.set(String(type), (totals.get(String(type)) ?? 0) + Number(events));
    const counts = byMinute.get(String(minute)) ?? new Map<string, number>();
    byMinute.set(String(minute), counts.set(String(type), Number(events)));
  }
  const types = [...totals.keys()].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
  const cells = (of: (type: string) => string) => types.map((type) => of(type).padStart(type.length)).join('  ');
  return [
    entry(SHOP.perMinute, ''),
    ...(types.length === 0 ? [] : [`  ${''.padEnd(MINUTE)}${cells((type) => type)}`]),
    ...[...byMinute].map(
      ([minute, counts]) => `  ${minute.padEnd(MINUTE)}${cells((type) => number.format(counts.get(type) ?? 0))}`,
    ),
  ];
}

function entry(label: string, text: string): string {
  return `  ${label.padEnd(LABEL)}${text}`.trimEnd();
}
