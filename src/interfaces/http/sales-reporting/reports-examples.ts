import type { ApiResponseOptions } from '@nestjs/swagger';

const HEADERS = {
  ETag: { description: 'Names the answer, where its version is known', schema: { type: 'string' as const } },
  'X-Report-Source': {
    description: '`totals` that are kept with the rows, the `rows` themselves, or both (`mixed`)',
    schema: { type: 'string' as const, enum: ['totals', 'rows', 'mixed'] },
  },
};

export const NOT_MODIFIED: ApiResponseOptions = { description: 'The answer is still the one of `If-None-Match`' };

/** The same rows in each format; `type` of every cell as it stands in JSON. */
function rows(example: Readonly<Record<string, unknown>>, more: object = {}): ApiResponseOptions {
  const columns = Object.keys(example);
  const properties = Object.fromEntries(
    columns.map((name) => [name, { type: typeof example[name] as 'string' | 'number' }]),
  );
  const items = { type: 'object' as const, required: columns, properties };
  return {
    description: 'Rows in the format that `Accept` prefers',
    headers: { ...HEADERS, ...more },
    content: {
      'application/json': { schema: { type: 'array', items }, example: [example] },
      'application/x-ndjson': { schema: items, example: `${JSON.stringify(example)}\n` },
      'text/csv': {
        schema: { type: 'string' },
        example: `${columns.join(',')}\r\n${Object.values(example).map(String).join(',')}\r\n`,
      },
    },
  };
}

export const SUMMARY_ANSWER = rows({ month: '2024-01', revenue: '1234567.80', quantity: 5120 });

export const BREAKDOWN_ANSWER = rows(
  { month: '2024-01', product_name: 'Desk', region: 'North', revenue: '12345.60', quantity: 51 },
  { Link: { description: 'The next page, with `limit`', schema: { type: 'string' as const } } },
);

export const TOP_PRODUCTS_ANSWER = rows({ rank: 1, product_id: 17, product_name: 'Desk', revenue: '98765.40' });
