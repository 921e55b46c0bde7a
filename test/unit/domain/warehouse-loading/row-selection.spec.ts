import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../../src/domain/shared/cursor.js';
import { type DwhTable, dwhTable } from '../../../../src/domain/warehouse-loading/dwh-tables.js';
import { cursorAfter, rowSelection, type SelectRows } from '../../../../src/domain/warehouse-loading/row-selection.js';

const EVENTS = dwhTable('events-part');

describe('rowSelection', () => {
  it('goes by id where nothing else is said', () => {
    expect(rowSelection(EVENTS, {})).toEqual({
      table: EVENTS,
      filters: [],
      sort: { name: 'id', type: 'bigint' },
      isDescending: false,
    });
  });

  it('reads filters as their columns do', () => {
    const { filters } = rowSelection(EVENTS, { pk: 'e', filters: { event_time: '2024-01-01', user_id: '7' } });
    expect(filters.map(({ column, text }) => [column.name, text])).toEqual([
      ['event_time', '2024-01-01T00:00:00.000000Z'],
      ['user_id', '7'],
      ['uuid', 'e'],
    ]);
  });

  it('tells all that is wrong at once', () => {
    const request = { sortBy: 'town', sortDir: 'up', filters: { town: 'x', user_id: 'y' } };
    expect(() => rowSelection(EVENTS, request)).toThrow(
      expect.objectContaining({
        code: 'request.invalid',
        faults: ['town', 'user_id', 'sort_by', 'sort_dir'].map((path) => ({ path, message: expect.any(String) })),
      }),
    );
  });

  it('does not sort by JSON, and filters by JSON only', () => {
    const table = dwhTable('technical-data');
    expect(() => rowSelection(table, { sortBy: 'plan_json' })).toThrow(
      expect.objectContaining({ code: 'request.invalid' }),
    );
    expect(() => rowSelection(table, { filters: { plan_json: '{' } })).toThrow(
      expect.objectContaining({ code: 'request.invalid' }),
    );
    expect(rowSelection(table, { filters: { plan_json: '{"a": 1}' } }).filters[0]?.text).toBe('{"a":1}');
  });

  it.each([
    ['event_time', '2024-01-01T00:00:00.000001Z'],
    ['user_id', '9223372036854775807'],
    ['user_id', 5],
    ['city', null],
  ])('goes on behind a row by %s of %j', (sortBy, value) => {
    const table = sortBy === 'city' ? dwhTable('user-locations') : EVENTS;
    const cursor = cursorAfter({ id: 42, [sortBy]: value }, rowSelection(table, { sortBy }));
    const { after } = rowSelection(table, { sortBy, cursor });
    expect(after).toEqual({ sortText: value === null ? null : String(value), id: '42' });
  });

  it('holds a row to its key and to a filter of the same column', () => {
    const { filters } = rowSelection(EVENTS, { pk: 'e', filters: { uuid: 'f' } });
    expect(filters.map(({ column, text }) => [column.name, text])).toEqual([
      ['uuid', 'f'],
      ['uuid', 'e'],
    ]);
  });

  it('takes the cursors of its own list only', () => {
    const request: SelectRows = { sortBy: 'uuid', filters: { city: 'Lyon', country: 'France' }, engine: 'postgres' };
    const table = dwhTable('user-locations');
    const cursor = cursorAfter({ id: 42, uuid: 'u' }, rowSelection(table, request));
    const filters = { country: 'France', city: 'Lyon' };
    expect(rowSelection(table, { ...request, filters, cursor }).after).toEqual({ sortText: 'u', id: '42' });
    const others: [DwhTable, SelectRows][] = [
      [dwhTable('technical-data'), { ...request, filters: {} }],
      [table, { ...request, engine: 'clickhouse' }],
      [table, { ...request, filters: { ...filters, city: 'Nice' } }],
      [table, { ...request, filters: {} }],
      [table, { ...request, pk: 'u' }],
      [table, { ...request, sortBy: 'city' }],
      [table, { ...request, sortDir: 'desc' }],
    ];
    for (const [other, its] of others) {
      expect(() => rowSelection(other, { ...its, cursor })).toThrow(
        expect.objectContaining({ code: 'cursor.invalid' }),
      );
    }
  });

  it.each([['x', '1'], ['1', 'x'], ['1'], [], ['1', 1]])('refuses a cursor that was changed to %j, %j', (...place) => {
    const request = { sortBy: 'user_id' };
    const ours = decodeCursor(cursorAfter({ id: 1, user_id: 1 }, rowSelection(EVENTS, request)));
    const [mark] = JSON.parse(ours) as [string];
    const cursor = encodeCursor(JSON.stringify([mark, ...place]));
    expect(() => rowSelection(EVENTS, { ...request, cursor })).toThrow(
      expect.objectContaining({ code: 'cursor.invalid' }),
    );
  });

  it.each(['["user_id",false,"1","1"]', '[]', '{}', 'x'])('refuses a cursor of %s', (place) => {
    const request = { sortBy: 'user_id', cursor: encodeCursor(place) };
    expect(() => rowSelection(EVENTS, request)).toThrow(expect.objectContaining({ code: 'cursor.invalid' }));
  });
});
