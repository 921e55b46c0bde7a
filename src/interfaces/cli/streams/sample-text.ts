import type { StreamSample } from '../../../application/stream-onboarding/sample-stream.query.js';
import { textTable } from '../text-table.js';

/** A sample for people: the proposed table with what speaks for it, and an event to look at. */
export function sampleText({ inferredSchema, sampleEvent, evidence, proposedOrderBy }: StreamSample): string[] {
  const rows = inferredSchema.map(({ name, type }) => {
    const seen = evidence.columns[name];
    const kinds = Object.entries(seen?.kinds ?? {}).map(([kind, count]) => `${count} ${kind}`);
    return [name, type, kinds.join(', '), seen?.null ?? 0, seen?.missing ?? 0];
  });
  const unreadable = Object.entries(evidence.unreadable).filter(([, count]) => count > 0);
  return [
    ...textTable(['column', 'type', 'seen', 'null', 'missing'], rows),
    '',
    `Sort key: ${proposedOrderBy.length > 0 ? proposedOrderBy.join(', ') : 'none that is certain'}`,
    `Events read: ${evidence.events}${unreadable.map(([why, count]) => `; ${why}: ${count}`).join('')}`,
    ...(evidence.leftOut.length > 0 ? [`Fields left out: ${evidence.leftOut.map(oneLine).join(', ')}`] : []),
    '',
    'The newest event:',
    ...JSON.stringify(sampleEvent, null, 2).split('\n'),
  ];
}

function oneLine(field: string): string {
  return JSON.stringify(field).slice(1, -1);
}
