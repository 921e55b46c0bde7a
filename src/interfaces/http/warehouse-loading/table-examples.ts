/** Requests and answers as the document of the DWH Helper shows them, and what stands beside. */
export const LOCATION_EXAMPLE = {
  uuid: '0d6c1b0e-8a4f-4a5e-9d0c-1f2e3d4c5b6a',
  location_lat: 45.75,
  location_lng: 4.85,
  city: 'Lyon',
  country: 'France',
  ip_address: '203.0.113.7',
  region: 'Auvergne-Rhône-Alpes',
};

export const RECEIPT_EXAMPLES = {
  json: { summary: 'of JSON', value: { inserted_ids: [1, 2, 3], count: 3, batches: 1 } },
  ndjson: { summary: 'of NDJSON', value: { inserted_id_ranges: [[1, 1_000_000]], count: 1_000_000, batches: 1000 } },
};

export const ROWS_EXAMPLE = { rows: [{ id: 1, ...LOCATION_EXAMPLE }], count: 1, next: 'WyJpZCIsZmFsc2UsIjEiLCIxIl0' };

export const NDJSON_EXAMPLE = `${JSON.stringify({ id: 1, ...LOCATION_EXAMPLE })}\n`;

export const CSV_EXAMPLE =
  'id,uuid,location_lat,location_lng,city,country,ip_address,region\r\n' +
  '1,0d6c1b0e-8a4f-4a5e-9d0c-1f2e3d4c5b6a,45.75,4.85,Lyon,France,203.0.113.7,Auvergne-Rhône-Alpes\r\n';
