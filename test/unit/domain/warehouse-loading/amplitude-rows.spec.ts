import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMPLITUDE_TABLES, AmplitudeRows } from '../../../../src/domain/warehouse-loading/amplitude-rows.js';
import { DWH_TABLES } from '../../../../src/domain/warehouse-loading/dwh-tables.js';
import { RowReader } from '../../../../src/domain/warehouse-loading/row-reader.js';
import { event } from '../../../support/amplitude-server.js';

const rowsOf = (table: string): AmplitudeRows =>
  new AmplitudeRows(AMPLITUDE_TABLES.find((each) => each.table === table)!);

describe('rows of the seven tables', () => {
  it('are made for all of them, with columns they have, and only of events with a key', () => {
    expect(AMPLITUDE_TABLES.map(({ table }) => table)).toEqual(DWH_TABLES.map(({ table }) => table));
    for (const { table, columns, key } of DWH_TABLES) {
      const mapping = AMPLITUDE_TABLES.find((each) => each.table === table)!;
      expect(columns.map(({ name }) => name).sort()).toEqual(Object.keys(mapping.row(event(1))).sort());
      expect(mapping.key).toBe(key ?? 'uuid');
    }
  });

  it('take their values from the fields of the Export API', () => {
    const exported = event(3, {
      device_brand: 'Apple',
      device_type: 'Phone',
      groups: { team: ['a'] },
      plan: { branch: 'main' },
      location_lat: 45.7,
      session_id: 1_706_745_600_000,
      user_properties: { ehr_id: 12, gender: 'f', cohort_week: 5, registered_via_app: false, migrated: true },
    });
    expect(rowsOf('mobile_devices').row(exported)).toEqual({ device_id: 'device-3', brand: 'Apple', type: 'Phone' });
    expect(rowsOf('permanent_user_properties').row(exported)).toEqual({
      ehr_id: 12,
      gender: 'f',
      cohort_week: 5,
      registered_via_app: false,
    });
    expect(rowsOf('technical_data').row(exported)).toEqual({
      uuid: exported['uuid'],
      insert_id: 'insert-3',
      amplitude_id: 1003,
      groups_json: { team: ['a'] },
      plan_json: { branch: 'main' },
    });
    expect(rowsOf('tmp_user_properties').row(exported)).toMatchObject({
      session_id: 1_706_745_600_000,
      migrated: true,
    });
    expect(rowsOf('user_locations').row(exported)).toEqual({ uuid: exported['uuid'], location_lat: 45.7 });
  });

  it('leave out and count values that do not fit, and events without a key', () => {
    const rows = rowsOf('events_part');
    expect(rows.row(event(1, { user_id: 'ann', event_time: 'noon', event_id: 2 ** 60 }))).not.toHaveProperty('user_id');
    expect(rows.row({ event_type: 'x' })).toBeUndefined();
    expect(rows.row(event(2, { uuid: '' }))).toBeUndefined();
    expect(rows.row(event(2, { uuid: 'u'.repeat(3000) }))).toBeUndefined();
    expect(rows.counts).toEqual({ withoutKey: 3, unfitValues: 4 });
  });

  it('of devices and users come once, of events each time', () => {
    const [devices, events] = [rowsOf('mobile_devices'), rowsOf('events_part')];
    const made = (rows: AmplitudeRows): number => [1, 8, 1].filter((n) => rows.row(event(n)) !== undefined).length;
    expect([made(devices), made(events)]).toEqual([1, 3]);
  });

  it('are never such that the warehouse refuses them, whatever the events hold', () => {
    const readers = AMPLITUDE_TABLES.map(({ table }) => ({
      rows: rowsOf(table),
      reader: new RowReader(DWH_TABLES.find((each) => each.table === table)!),
    }));
    const names = [...new Set(AMPLITUDE_TABLES.flatMap(({ row }) => Object.keys(row({}))))];
    const more = ['$insert_id', 'groups', 'plan', 'group_properties', 'event_properties', 'device_brand'];
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.bigInt().map(String),
      fc.date().map(String),
    );
    const anything = fc.dictionary(fc.constantFrom(...names, ...more), value, { maxKeys: 12 });
    const events = fc
      .tuple(anything, anything)
      .map(([fields, properties]) => ({ ...fields, user_properties: properties }));
    fc.assert(
      fc.property(events, (each) => {
        for (const { rows, reader } of readers) {
          const row = rows.row(each);
          if (row !== undefined) expect(reader.read(row)).not.toHaveProperty('faults');
        }
      }),
      { numRuns: 400 },
    );
  });
});
