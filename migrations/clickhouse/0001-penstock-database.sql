-- The database for what the service owns in ClickHouse. The record of migrations lives in it too, so the runner makes it
-- even before this file; here it stands for a reader, and for the day the record moves.
CREATE DATABASE IF NOT EXISTS penstock ON CLUSTER '{cluster}';

-- down: nothing, because the record of migrations lives in it
