import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { seededRandom } from '../../src/domain/shared/seeded-random.js';

export const SALES_HEADER = 'sale_id,product_id,product_name,region,sales_date,quantity_sold,sales_amount,unit_price';
const REGIONS = ['North', 'South', 'East', 'West', 'Central', 'North-East', 'North-West', 'South-East', 'South-West'];
const FLUSH_ROWS = 20_000;
export const MONTHS = 24;

export interface SalesFile {
  readonly rows: number;
  /** The first sale's number. */
  readonly from?: number;
  /** Share of rows that no schema would let pass. */
  readonly badShare?: number;
}

/** Sales of two years in random order. @returns how many are bad */
export async function writeSales(path: string, { rows, from = 0, badShare = 0 }: SalesFile): Promise<number> {
  const random = seededRandom(7 + from);
  const file = createWriteStream(path);
  file.write(`${SALES_HEADER}\n`);
  let bad = 0;
  for (let n = 0; n < rows; n += FLUSH_ROWS) {
    let text = '';
    for (let row = n; row < Math.min(rows, n + FLUSH_ROWS); row += 1) {
      const isBad = random() < badShare;
      bad += isBad ? 1 : 0;
      text += sale(from + row, random, isBad);
    }
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  return bad;
}

function sale(n: number, random: () => number, isBad: boolean): string {
  const product = Math.floor(random() * 500);
  const quantity = 1 + Math.floor(random() * 9);
  const cents = ((product * 37) % 9000) + 100;
  const month = Math.floor(random() * MONTHS);
  const day = `${2024 + Math.floor(month / 12)}-${two((month % 12) + 1)}-${two(1 + Math.floor(random() * 28))}`;
  const region = REGIONS[Math.floor(random() * REGIONS.length)] ?? '';
  const amount = ((quantity * cents) / 100).toFixed(2);
  const cells = [n, product, `Product ${product}`, region, day, quantity, amount, (cents / 100).toFixed(2)];
  if (isBad) spoil(cells, n % 5);
  return `${cells.join(',')}\n`;
}

/** One of the ways in which rows are bad, each by another check. */
function spoil(cells: (string | number)[], way: number): void {
  if (way === 0) cells[5] = 'many';
  else if (way === 1) cells[4] = '2024-02-30';
  else if (way === 2) cells.pop();
  else if (way === 3) cells[7] = '12.345';
  else cells[2] = '';
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** Every month a partition, the indexes of the document's schema. */
export function salesTable(name: string): string {
  const partitions = Array.from({ length: MONTHS }, (_, month) => {
    const [from, to] = [month, month + 1].map((n) => `${2024 + Math.floor(n / 12)}-${two((n % 12) + 1)}-01`);
    return `CREATE TABLE ${name}_${month} PARTITION OF ${name} FOR VALUES FROM ('${from}') TO ('${to}')`;
  });
  return [
    `DROP TABLE IF EXISTS ${name} CASCADE`,
    `CREATE TABLE ${name} (sale_id varchar(64) NOT NULL, product_id integer NOT NULL, product_name varchar(255) NOT NULL,
      region varchar(100) NOT NULL, sales_date date NOT NULL, quantity_sold integer NOT NULL,
      sales_amount numeric(10, 2) NOT NULL, unit_price numeric(10, 2) NOT NULL, PRIMARY KEY (sales_date, sale_id))
      PARTITION BY RANGE (sales_date)`,
    `CREATE INDEX ON ${name} (product_name)`,
    `CREATE INDEX ON ${name} (region)`,
    ...partitions,
  ].join(';\n');
}

export const SALES_SCHEMA = `sale_id: str
product_id: int
product_name: str
region: str
sales_date: date
quantity_sold: {type: int, min: 1}
sales_amount: float
unit_price: {type: float, min: 0}
`;
