-- Sales, one row a sale, partitioned by the day of the sale. May be run again: what is there stays.
CREATE TABLE IF NOT EXISTS sales_report (
    sale_id      varchar(64)    NOT NULL,
    product_id   integer        NOT NULL,
    product_name varchar(255)   NOT NULL,
    region       varchar(100)   NOT NULL,
    sales_date   date           NOT NULL,
    quantity_sold integer       NOT NULL,
    sales_amount numeric(10, 2) NOT NULL,
    unit_price   numeric(10, 2) NOT NULL,
    PRIMARY KEY (sales_date, sale_id)
) PARTITION BY RANGE (sales_date);

-- Declared on the parent, so that every partition has them, those made later too.
CREATE INDEX IF NOT EXISTS sales_report_product_name_idx ON sales_report (product_name);
CREATE INDEX IF NOT EXISTS sales_report_region_idx ON sales_report (region);
