/** Where the warehouse tables can live; the first is where they do unless told otherwise. */
export const WAREHOUSE_ENGINES = ['postgres', 'clickhouse'] as const;
export type WarehouseEngine = (typeof WAREHOUSE_ENGINES)[number];
