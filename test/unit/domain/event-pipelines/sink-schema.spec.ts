import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SINK_COLUMN_TYPES, SINK_TYPES, sinkTableName } from '../../../../src/domain/event-pipelines/sink-schema.js';

describe('the types of sinks', () => {
  it('are those that docs/sinks.md shows', () => {
    const rows = [...readFileSync('docs/sinks.md', 'utf8').matchAll(/^\| `(\w+)` \| `([\w ]+)` \| `([\w ]+)` \|$/gm)];
    const documented = rows.map(([, type, clickhouse, postgres]) => [type, { clickhouse, postgres }]);
    expect(documented).toEqual(SINK_COLUMN_TYPES.map((type) => [type, SINK_TYPES[type]]));
  });
});

describe('the name of a table', () => {
  it('has the namespace of the sink, or one of its own', () => {
    expect(sinkTableName('events', 'public')).toEqual({ namespace: 'public', table: 'events' });
    expect(sinkTableName('analytics.events', 'public')).toEqual({ namespace: 'analytics', table: 'events' });
  });

  it.each(['', '.', 'a.', '.b', 'a.b.c', 'a\0b', 'x'.repeat(64)])('is not %j', (name) => {
    expect(() => sinkTableName(name, 'public')).toThrow('The name of a table');
  });
});
