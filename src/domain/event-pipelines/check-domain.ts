import { checkAggregation } from './check-aggregation.js';
import { ConfigLook, type ConfigFault } from './config-look.js';
import { type ConfigMap, leavesOf } from './config-node.js';
import { checkDuration } from './check-duration.js';
import { fieldKinds, type KnownEvents } from './event-fields.js';
import { EVENT_ID_FIELD, EVENT_TIME_FIELD } from './generate-event-schema.js';
import { hasSecret, isReferenceText } from './secret-references.js';
import { didYouMean } from '../shared/nearest-word.js';

/** What no schema can say of a merged configuration: names that must exist, or must not twice, and what goes together. */
export function checkDomain(root: ConfigMap): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const look = new ConfigLook(root, [], faults);
  checkReferences(root, faults);
  const events = checkEvents(look);
  const aggregations = look.at('aggregations')?.items ?? [];
  const names = checkNames(aggregations, 'aggregation');
  for (const aggregation of aggregations) checkAggregation(aggregation, events);
  checkAlerts(look.at('alerts')?.items ?? [], names);
  checkDuration(look.at('postgres', 'delay'));
  return faults;
}

function checkReferences(root: ConfigMap, faults: ConfigFault[]): void {
  for (const { path, node } of leavesOf(root)) {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || !hasSecret(node.value)) continue;
    if (isReferenceText(node.value)) continue;
    const message = 'has a secret that is not written ${secret:KEY}: KEY is letters, digits and . / : + = @ _ -';
    faults.push({ path, origin: node.origin, message });
  }
}

function checkEvents(look: ConfigLook): KnownEvents {
  const events = look.at('event_types')?.items ?? [];
  const primaryKey = look.at('entity', 'primary_key')?.text;
  checkNames(events, 'event type');
  const known = events.map((event) => {
    const [attributes, metrics, dimensions] = ['attributes', 'metrics', 'dimensions'].map((family) =>
      checkFields(event.at(family)),
    );
    checkTwins(event, primaryKey);
    const isClear = attributes !== undefined && metrics !== undefined && dimensions !== undefined;
    const name = event.at('name')?.text ?? '';
    return [name, isClear ? fieldKinds({ name, attributes, metrics, dimensions }, primaryKey) : undefined] as const;
  });
  return new Map(known);
}

/** @returns the names of a family of fields; undefined where not all of them can be told */
function checkFields(family: ConfigLook | undefined): readonly string[] | undefined {
  if (family === undefined) return [];
  const names = family.items.map(({ text }) => text);
  return family.node.kind === 'list' && names.every((name) => name !== undefined) ? names : undefined;
}

function checkTwins(event: ConfigLook, primaryKey: string | undefined): void {
  const seen = new Map([
    [EVENT_ID_FIELD, 'every event has it'],
    [EVENT_TIME_FIELD, 'every event has it'],
    ...(primaryKey === undefined ? [] : [[primaryKey, 'it is the primary key of the entity'] as const]),
  ]);
  for (const family of ['attributes', 'metrics', 'dimensions']) {
    for (const field of event.at(family)?.items ?? []) {
      const { text } = field;
      if (text === undefined) continue;
      const why = seen.get(text);
      if (why !== undefined) field.fault(`is there already: ${why}`);
      else seen.set(text, `it stands in ${family}`);
    }
  }
}

function checkNames(items: readonly ConfigLook[], what: string): ReadonlySet<string> {
  const seen = new Set<string>();
  for (const item of items) {
    const name = item.at('name');
    if (name?.text === undefined) continue;
    if (seen.has(name.text)) name.fault(`is the name of an earlier ${what}`);
    seen.add(name.text);
  }
  return seen;
}

function checkAlerts(alerts: readonly ConfigLook[], aggregations: ReadonlySet<string>): void {
  checkNames(alerts, 'alert');
  for (const alert of alerts) {
    const aggregation = alert.at('aggregation');
    const name = aggregation?.text;
    if (name !== undefined && !aggregations.has(name))
      aggregation?.fault(`is the name of no aggregation${didYouMean(name, aggregations)}`);
  }
}
