-- The seven warehouse tables, in the database of the connection. A table with a key keeps the row of the highest version;
-- the service writes each load as one block under a token, which is remembered for as many loads as the windows say.
CREATE TABLE IF NOT EXISTS events_part ON CLUSTER '{cluster}' (
    `id` Int64,
    `uuid` String,
    `event_type` Nullable(String),
    `event_time` Nullable(DateTime64(6, 'UTC')),
    `user_id` Nullable(Int64),
    `platform` Nullable(String),
    `device_id` Nullable(String),
    `event_id` Nullable(Int64),
    `language` Nullable(String),
    `os_name` Nullable(String),
    `os_version` Nullable(String),
    `session_id` Nullable(Int64),
    `start_version` Nullable(String),
    `version_name` Nullable(String),
    `_version` Int64
) ENGINE = ReplicatedReplacingMergeTree(`_version`) ORDER BY `uuid`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS mobile_devices ON CLUSTER '{cluster}' (
    `id` Int64,
    `device_id` String,
    `brand` Nullable(String),
    `carrier` Nullable(String),
    `family` Nullable(String),
    `manufacturer` Nullable(String),
    `model` Nullable(String),
    `type` Nullable(String),
    `_version` Int64
) ENGINE = ReplicatedReplacingMergeTree(`_version`) ORDER BY `device_id`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS permanent_user_properties ON CLUSTER '{cluster}' (
    `id` Int64,
    `ehr_id` Int64,
    `gender` Nullable(String),
    `cohort_day` Nullable(Int32),
    `cohort_week` Nullable(Int32),
    `cohort_month` Nullable(Int32),
    `registered_via_app` Nullable(Bool),
    `source` Nullable(String),
    `_version` Int64
) ENGINE = ReplicatedReplacingMergeTree(`_version`) ORDER BY `ehr_id`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS technical_data ON CLUSTER '{cluster}' (
    `id` Int64,
    `uuid` String,
    `insert_id` Nullable(String),
    `amplitude_attribution_ids` Nullable(String),
    `amplitude_id` Nullable(Int64),
    `is_attribution_event` Nullable(String),
    `library` Nullable(String),
    `group_properties_json` Nullable(String),
    `groups_json` Nullable(String),
    `plan_json` Nullable(String),
    `_version` Int64
) ENGINE = ReplicatedReplacingMergeTree(`_version`) ORDER BY `uuid`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS tmp_event_properties ON CLUSTER '{cluster}' (
    `id` Int64,
    `uuid` Nullable(String),
    `event_properties_json` Nullable(String)
) ENGINE = ReplicatedMergeTree ORDER BY `id`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS tmp_user_properties ON CLUSTER '{cluster}' (
    `id` Int64,
    `uuid` Nullable(String),
    `user_properties_json` Nullable(String),
    `language` Nullable(String),
    `session_id` Nullable(String),
    `start_version` Nullable(String),
    `migrated` Nullable(Bool),
    `event_time` Nullable(DateTime64(6, 'UTC'))
) ENGINE = ReplicatedMergeTree ORDER BY `id`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS user_locations ON CLUSTER '{cluster}' (
    `id` Int64,
    `uuid` String,
    `location_lat` Nullable(Float64),
    `location_lng` Nullable(Float64),
    `city` Nullable(String),
    `country` Nullable(String),
    `ip_address` Nullable(String),
    `region` Nullable(String),
    `_version` Int64
) ENGINE = ReplicatedReplacingMergeTree(`_version`) ORDER BY `uuid`
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000;

-- down: the tables and their rows
DROP TABLE IF EXISTS events_part ON CLUSTER '{cluster}' SYNC;
DROP TABLE IF EXISTS mobile_devices ON CLUSTER '{cluster}' SYNC;
DROP TABLE IF EXISTS permanent_user_properties ON CLUSTER '{cluster}' SYNC;
DROP TABLE IF EXISTS technical_data ON CLUSTER '{cluster}' SYNC;
DROP TABLE IF EXISTS tmp_event_properties ON CLUSTER '{cluster}' SYNC;
DROP TABLE IF EXISTS tmp_user_properties ON CLUSTER '{cluster}' SYNC;
DROP TABLE IF EXISTS user_locations ON CLUSTER '{cluster}' SYNC;
