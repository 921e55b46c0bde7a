import { describe, expect, it } from 'vitest';
import { connectorView } from '../../../../src/domain/stream-onboarding/connector-view.js';
import { EventReader } from '../../../../src/domain/stream-onboarding/event-reader.js';
import { inheritedWatermark, lowestWatermark } from '../../../../src/domain/stream-onboarding/event-watermark.js';
import type { Lease } from '../../../../src/domain/stream-onboarding/lease.js';
import { servedLeases } from '../../../../src/domain/stream-onboarding/missing-leases.js';
import { EVENT_CONNECTOR } from '../../../support/event-world.js';

const reader = new EventReader({ idField: 'event_id', timeField: 'at' });
const read = (text: string) => reader.read(Buffer.from(text));

const lease = (shardId: string, change: Partial<Lease> = {}): Lease => ({
  connectorId: 'c',
  shardId,
  parentShardIds: [],
  checkpoint: { sequenceNumber: '1' },
  counter: 1,
  epoch: 1,
  progress: { rows: 1, bytes: 1, deadLetters: 0 },
  ...change,
});

describe('reading which event an event is', () => {
  it.each([
    ['{"event_id":"a","at":1}', { id: 'a', time: '1' }],
    ['{"at":-7,"x":{"event_id":"no","at":9},"y":[1,"}"],"event_id":"b"}', { id: 'b', time: '-7' }],
    [' { "event_id" : "sp ace" , "at" : 12 } ', { id: 'sp ace', time: '12' }],
    ['{"event_id":"g\\u00f6\\n\\"x","at":9007199254740993}', { id: 'gö\n"x', time: '9007199254740993' }],
    ['{"event_id":"","at":0}', { id: '', time: '0' }],
  ])('finds id and time in %s', (text, key) => {
    expect(read(text)).toEqual(key);
  });

  it.each([
    '{}',
    '{"event_id":"a"}',
    '{"event_id":1,"at":1}',
    '{"event_id":"a","at":1.5}',
    '{"event_id":"a","at":null}',
    '[1]',
    '',
  ])('finds none in %s', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('watermarks of shards', () => {
  it('begin where the latest of the parents ended', () => {
    const leases = [lease('a', { watermarkMs: 5 }), lease('b', { watermarkMs: 9 }), lease('x', { watermarkMs: 99 })];
    const child = lease('c', { parentShardIds: ['a', 'b'] });
    expect(inheritedWatermark(child, leases)).toBe(9);
    expect(inheritedWatermark(lease('d', { parentShardIds: ['gone'] }), leases)).toBe(0);
    expect(inheritedWatermark({ ...child, connectorId: 'other' }, leases)).toBe(0);
  });

  it('are kept with the parents until their children have begun', () => {
    const parent = lease('a', { checkpoint: 'SHARD_END', watermarkMs: 5 });
    const child = lease('b', { parentShardIds: ['a'], checkpoint: 'AT_START' });
    expect(servedLeases([], [parent, child])).toEqual([]);
    expect(servedLeases([], [parent, { ...child, checkpoint: { sequenceNumber: '7' } }])).toEqual(['a']);
  });

  it('are together the lowest of those that are still read', () => {
    const ended = lease('a', { checkpoint: 'SHARD_END', watermarkMs: 1 });
    expect(lowestWatermark([ended, lease('b', { watermarkMs: 8 }), lease('c', { watermarkMs: 6 }), lease('d')])).toBe(
      6,
    );
    expect(lowestWatermark([ended])).toBe(1);
    expect(lowestWatermark([lease('a')])).toBeUndefined();
  });
});

describe('the view of a connector', () => {
  it('tells the format, and of events duplicates and watermarks', () => {
    const view = connectorView(EVENT_CONNECTOR, [
      lease('a', { watermarkMs: 1000, progress: { rows: 1, bytes: 1, deadLetters: 0, duplicates: 2 } }),
      lease('b', { watermarkMs: 3000, progress: { rows: 1, bytes: 1, deadLetters: 0, duplicates: 3 } }),
    ]);
    expect(view).toMatchObject({ format: 'avro', duplicates: 5, watermark: '1970-01-01T00:00:01.000Z' });
    expect(view.shards.map(({ watermark }) => watermark)).toEqual([
      '1970-01-01T00:00:01.000Z',
      '1970-01-01T00:00:03.000Z',
    ]);
  });

  it('says nothing of them where records are JSON', () => {
    const { events: _none, ...json } = EVENT_CONNECTOR;
    const view = connectorView(json, [lease('a')]);
    expect(view.format).toBe('json');
    expect(view).not.toHaveProperty('duplicates');
    expect(view).not.toHaveProperty('watermark');
  });
});
