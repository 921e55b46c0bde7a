import { expect, it } from 'vitest';
import { tableReference } from '../../../../src/domain/workflow-gateway/table-reference.js';

it.each([
  ['orders', '', 'orders', '', 'orders'],
  [' Orders ', '', 'Orders', '', 'orders'],
  ['Sales.Orders', 'Sales', 'Orders', 'sales', 'orders'],
  ['"Sales".Orders', 'Sales', 'Orders', 'Sales', 'orders'],
  ['"a.b"."c ""d"', 'a.b', 'c "d', 'a.b', 'c "d'],
  ['Größe', '', 'Größe', '', 'größe'],
  ["x'; DROP TABLE y", '', "x'; DROP TABLE y", '', "x'; drop table y"],
])('%s is read as SQL would read it', (asked, schema, table, foldedSchema, foldedTable) => {
  expect(tableReference(asked)).toEqual({
    asked,
    schema,
    table,
    folded: { schema: foldedSchema, table: foldedTable },
  });
});

it.each(['', '  ', '.', 'a.', '.a', 'a.b.c', '"a', 'a"b', '""', 'a\0b'])('%j is the name of no table', (asked) => {
  expect(tableReference(asked)).toBeUndefined();
});
