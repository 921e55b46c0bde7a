-- Sales, for reports on ClickHouse; filled by `penstock reports copy`, month by month.
CREATE TABLE IF NOT EXISTS penstock.sales_report ON CLUSTER '{cluster}' (
  sale_id String,
  product_id Int64,
  product_name String,
  region LowCardinality(String),
  sales_date Date32,
  quantity_sold Int64,
  sales_amount Decimal(18, 4),
  unit_price Decimal(18, 4)
)
ENGINE = ReplicatedMergeTree
PARTITION BY toYYYYMM(sales_date)
ORDER BY (product_name, region, sales_date, sale_id);

-- down:
DROP TABLE IF EXISTS penstock.sales_report ON CLUSTER '{cluster}' SYNC;
