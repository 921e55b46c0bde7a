import { didYouMean } from '../shared/nearest-word.js';
import { checkDuration } from './check-duration.js';
import { checkWindow } from './check-window.js';
import type { ConfigLook } from './config-look.js';
import type { FieldKind, KnownEvents } from './event-fields.js';

type Fields = ReadonlyMap<string, FieldKind>;

/** Whether an aggregation names an event type and fields of it, and its window and its filter are possible. */
export function checkAggregation(aggregation: ConfigLook, events: KnownEvents): void {
  const fields = fieldsOf(aggregation.at('event_type'), events);
  checkField(aggregation, fields);
  const window = aggregation.at('window');
  if (window !== undefined) checkWindow(window);
  checkDuration(aggregation.at('allowed_lateness'));
  checkGroups(aggregation.at('group_by')?.items ?? [], fields);
  checkFilter(aggregation.at('filter'), fields);
}

function fieldsOf(eventType: ConfigLook | undefined, events: KnownEvents): Fields | undefined {
  const name = eventType?.text;
  if (name === undefined) return undefined;
  if (!events.has(name)) eventType?.fault(`is the name of no event type${didYouMean(name, events.keys())}`);
  return events.get(name);
}

/** Why an aggregation of a kind without a field is nothing. */
const NEEDS: Readonly<Record<string, string>> = {
  sum: 'has no "field": sum needs a metric',
  avg: 'has no "field": avg needs a metric',
  count_distinct: 'has no "field": count_distinct needs one',
};

function checkField(aggregation: ConfigLook, fields: Fields | undefined): void {
  const [kind = '', field] = [aggregation.at('type')?.text, aggregation.at('field')];
  const need = NEEDS[kind];
  if (field === undefined && need !== undefined) aggregation.fault(need);
  if (field === undefined) return;
  if (kind === 'count') field.fault('must be left out: count counts events, whatever is in them');
  else if (checkKnown(field, fields) && (kind === 'sum' || kind === 'avg')) checkMetric(field, kind, fields);
}

function checkMetric(field: ConfigLook, kind: string, fields: Fields | undefined): void {
  const found = fields?.get(field.text ?? '');
  if (found !== 'number' && found !== 'money') field.fault(`must be a metric: ${kind} is of numbers`);
}

/** @returns whether it is known to be a field of the event */
function checkKnown(field: ConfigLook, fields: Fields | undefined): boolean {
  const name = field.text;
  if (name === undefined || fields === undefined) return false;
  if (!fields.has(name)) field.fault(`is no field of the event type${didYouMean(name, fields.keys())}`);
  return fields.has(name);
}

function checkGroups(groups: readonly ConfigLook[], fields: Fields | undefined): void {
  const seen = new Set<string>();
  for (const group of groups) {
    checkKnown(group, fields);
    if (group.text === undefined) continue;
    if (seen.has(group.text)) group.fault('stands in the list already');
    seen.add(group.text);
  }
}

/** A list of `{field, op, value}`, or a map from fields to what they have to be equal to. */
function checkFilter(filter: ConfigLook | undefined, fields: Fields | undefined): void {
  if (filter === undefined || fields === undefined) return;
  for (const condition of filter.items) {
    const field = condition.at('field');
    if (field !== undefined && checkKnown(field, fields))
      checkValue(condition.at('value'), fields.get(field.text ?? ''));
  }
  for (const [name, value] of filter.entries) {
    if (fields.has(name)) checkValue(value, fields.get(name));
    else value.fault(`is of no field of the event type${didYouMean(name, fields.keys())}`);
  }
}

function checkValue(value: ConfigLook | undefined, kind: FieldKind | undefined): void {
  if (value === undefined || kind === undefined || kind === 'text') return;
  const { scalar } = value;
  if (typeof scalar !== 'number') value.fault('must be a number, as the field is');
  else if (kind === 'money' && !Number.isSafeInteger(scalar)) value.fault('must be a whole number of cents');
}
