import { expect, it } from 'vitest';
import { maskedText } from '../../../../src/infrastructure/clickhouse/masked-text.js';

it.each([
  [
    `SELECT 'a\\'b''c', 1, 0x1F, $$x$$, $t$ y $t$ FROM \`a'b\` WHERE "c'd" = {n:UInt8}`,
    'SELECT ? , ? , ? , ? , ? FROM `a\'b` WHERE "c\'d" = { n : UInt8 }',
  ],
  ['SELECT a -- secret\n, b # secret', 'SELECT a , b'],
  ['SELECT /* secret */ 1 #! secret', 'SELECT ?'],
  [`SELECT 'never closed secret`, 'SELECT ?'],
  ['SELECT /* never closed secret', 'SELECT'],
  ['', ''],
])('masks %j', (sql, masked) => {
  expect(maskedText(sql)).toBe(masked);
});
