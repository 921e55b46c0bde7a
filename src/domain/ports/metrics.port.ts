/* oxlint-disable max-lines -- one list of every metric */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Names of the labels; their values must come from a small set, never from data. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

/** Every metric of the service besides those of the process. docs/metrics.md lists them; a test keeps the two in step. */
export const METRICS = {
  http_request_duration_seconds: {
    kind: 'histogram',
    help: 'Time from the first byte of a request to the last byte of its answer, by route pattern.',
    labels: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600],
  },
  http_requests_in_flight: {
    kind: 'gauge',
    help: 'Requests that were taken and are not answered yet.',
    labels: [],
  },
  http_problems_total: {
    kind: 'counter',
    help: 'Requests answered with a problem, by error code.',
    labels: ['code'],
  },
  penstock_engine_up: {
    kind: 'gauge',
    help: 'What readiness last found: 1 when it works, 0 when it does not.',
    labels: ['engine'],
  },
  penstock_copied_rows_total: {
    kind: 'counter',
    help: 'Rows of streams that were stored in their tables.',
    labels: ['connector'],
  },
  penstock_copied_bytes_total: {
    kind: 'counter',
    help: 'Bytes of the records behind those rows.',
    labels: ['connector'],
  },
  penstock_dead_letters_total: {
    kind: 'counter',
    help: 'Records that could not be stored and were kept as dead letters.',
    labels: ['connector'],
  },
  penstock_undecodable_records_total: {
    kind: 'counter',
    help: 'Of these, records that could not be read at all, by code: no JSON, no Avro, an unknown schema.',
    labels: ['connector', 'code'],
  },
  penstock_duplicate_events_total: {
    kind: 'counter',
    help: 'Events that were published again, and left out since the first one is stored.',
    labels: ['connector'],
  },
  penstock_watermark_delay_seconds: {
    kind: 'gauge',
    help: 'How far the latest stored event time is behind the clock: the slowest of the shards that this process copies.',
    labels: ['connector'],
  },
  penstock_batches_total: {
    kind: 'counter',
    help: 'Batches stored, by why they were closed: rows, bytes, age, shard-end, recovery.',
    labels: ['connector', 'reason'],
  },
  penstock_batch_seconds: {
    kind: 'histogram',
    help: 'Time from closing a batch to its checkpoint: recording its range, storing it, moving on.',
    labels: [],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120, 600],
  },
  penstock_shards_copied: {
    kind: 'gauge',
    help: 'Shards this process copies now.',
    labels: [],
  },
  penstock_shards_stalled: {
    kind: 'gauge',
    help: 'Of these, shards that wait for an engine.',
    labels: [],
  },
  penstock_copy_lag_seconds: {
    kind: 'gauge',
    help: 'How far the connector is behind its stream: the slowest of the shards that this process copies.',
    labels: ['connector'],
  },
  penstock_jobs_running: {
    kind: 'gauge',
    help: 'Jobs this process works on now.',
    labels: ['kind'],
  },
  penstock_jobs_total: {
    kind: 'counter',
    help: 'Jobs this process let go of: succeeded, failed, cancelled, accepted (handed back) or lost to another process.',
    labels: ['kind', 'state'],
  },
  penstock_appmetrica_answers_total: {
    kind: 'counter',
    help: 'Answers of AppMetrica to requests for a part: ready, preparing, busy (quota), too-large or failed.',
    labels: ['answer'],
  },
  penstock_object_bytes_total: {
    kind: 'counter',
    help: 'Bytes of objects by their way: sent to the store, received from it, copied inside of it.',
    labels: ['way'],
  },
  penstock_uploads_abandoned_total: {
    kind: 'counter',
    help: 'Uploads and patches in parts that were given up: nothing of them was stored.',
    labels: [],
  },
  penstock_splices_total: {
    kind: 'counter',
    help: 'Patches by their outcome: stored, changed (somebody else was faster), failed.',
    labels: ['outcome'],
  },
  penstock_loaded_rows_total: {
    kind: 'counter',
    help: 'Rows written into the warehouse tables by loads.',
    labels: ['engine', 'table'],
  },
  penstock_loads_in_progress: {
    kind: 'gauge',
    help: 'Loads into the warehouse tables that are under way.',
    labels: ['engine'],
  },
  penstock_vendor_answers_total: {
    kind: 'counter',
    help: 'Answers of vendors to requests for exports, by status.',
    labels: ['vendor', 'status'],
  },
  penstock_export_bytes_total: {
    kind: 'counter',
    help: 'Bytes of archives that vendors sent, those that had to be sent again included.',
    labels: ['vendor'],
  },
  penstock_export_hours_total: {
    kind: 'counter',
    help: 'Hours of exports, by whether they were fetched, empty, or on disk already.',
    labels: ['source', 'found'],
  },
  penstock_export_duplicates_total: {
    kind: 'counter',
    help: 'Events left out of exports because an earlier event had the same id.',
    labels: ['source'],
  },
  penstock_spool_bytes: {
    kind: 'gauge',
    help: 'Bytes of downloaded hours on disk, as the last sweep found them.',
    labels: [],
  },
  penstock_guarded_statements_total: {
    kind: 'counter',
    help: 'Statements of callers, by how they ended: ok, refused, failed, cancelled, timed_out.',
    labels: ['engine', 'mode', 'outcome'],
  },
  penstock_guarded_statement_seconds: {
    kind: 'histogram',
    help: 'Time from taking a statement to its answer: waiting for its turn, running, its record.',
    labels: ['engine', 'mode'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
  },
  penstock_guarded_statements_running: {
    kind: 'gauge',
    help: 'Statements of callers that run now.',
    labels: ['engine'],
  },
  penstock_guarded_statements_waiting: {
    kind: 'gauge',
    help: 'Statements of callers that wait for their turn.',
    labels: ['engine'],
  },
  penstock_imports_total: {
    kind: 'counter',
    help: 'Imports of files that ended, by how: succeeded, failed.',
    labels: ['state'],
  },
  penstock_imported_rows_total: {
    kind: 'counter',
    help: 'Rows of files that were imported.',
    labels: [],
  },
  penstock_import_rejected_rows_total: {
    kind: 'counter',
    help: 'Rows of files that were bad and went to an error table.',
    labels: [],
  },
  penstock_import_seconds: {
    kind: 'histogram',
    help: 'Time from the beginning of an import to its end.',
    labels: [],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
  },
  penstock_report_seconds: {
    kind: 'histogram',
    help: 'Time until a report was there, or began to be read, by where it came from: totals, rows or both (mixed).',
    labels: ['report', 'engine', 'source'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  },
  penstock_totals_upkeep_total: {
    kind: 'counter',
    help: 'Upkeep of the totals behind reports, by work (rebuild, fold, days) and outcome (done, nothing, busy, failed).',
    labels: ['work', 'outcome'],
  },
  penstock_partitions_changed_total: {
    kind: 'counter',
    help: 'Partitions that were created, detached or dropped.',
    labels: ['change'],
  },
  sink_writes_total: {
    kind: 'counter',
    help: 'Batches written by sinks, by whether that succeeded: success, error.',
    labels: ['sink', 'table', 'status'],
  },
  sink_rows_total: {
    kind: 'counter',
    help: 'Rows that sinks have written.',
    labels: ['sink', 'table'],
  },
  sink_latency_seconds: {
    kind: 'histogram',
    help: 'Time for one batch of a sink that was written.',
    labels: ['sink', 'table'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  penstock_sink_batch_rows: {
    kind: 'histogram',
    help: 'Rows of a batch that a sink has written.',
    labels: ['sink'],
    buckets: [1, 10, 100, 1000, 5000, 10_000, 100_000],
  },
  penstock_sink_delay_seconds: {
    kind: 'gauge',
    help: 'How old the oldest change of a window was when it was last followed; grows while that fails.',
    labels: ['domain'],
  },
  penstock_alerts_firing: {
    kind: 'gauge',
    help: 'Windows an alert fires for, as the process that follows the domain last saw it.',
    labels: ['domain', 'alert', 'severity'],
  },
  penstock_alert_changes_total: {
    kind: 'counter',
    help: 'Windows for which an alert began to fire, or was resolved: firing, resolved.',
    labels: ['domain', 'alert', 'state'],
  },
  penstock_late_events: {
    kind: 'gauge',
    help: 'Events that came when their window was closed, each for every window it was too late for.',
    labels: ['domain', 'aggregation'],
  },
  events_produced_total: {
    kind: 'counter',
    help: 'Events that producers were given, by what became of them: success (acknowledged by the stream), error (given up).',
    labels: ['event_type', 'status'],
  },
  produce_latency_seconds: {
    kind: 'histogram',
    help: 'Time from handing a batch of events to the transport to its answer.',
    labels: ['event_type'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  },
  penstock_schema_registrations_total: {
    kind: 'counter',
    help: 'Schemas brought to the registry inside the service, by outcome: added, known (it had it already), refused.',
    labels: ['outcome'],
  },
  penstock_schema_lookups_total: {
    kind: 'counter',
    help: 'Schemas asked for by id or GUID, by where they were found: cached, or fetched from where they are kept.',
    labels: ['found'],
  },
  penstock_secret_lookups_total: {
    kind: 'counter',
    help: 'Secrets of domains that were looked up, by outcome: found, missing, failed.',
    labels: ['backend', 'outcome'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
export type MetricOf<K extends MetricDefinition['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never;
}[MetricName];
export type MetricLabels<N extends MetricName> = Readonly<Record<(typeof METRICS)[N]['labels'][number], string>>;

/** Counting what happens. Never fails and never waits: a metric is not worth a request. */
export abstract class Metrics {
  /** Adds to a counter. */
  abstract count<N extends MetricOf<'counter'>>(name: N, labels: MetricLabels<N>, by?: number): void;

  /** Moves a gauge up or, with a negative amount, down. */
  abstract add<N extends MetricOf<'gauge'>>(name: N, labels: MetricLabels<N>, by: number): void;

  /** Sets a gauge. */
  abstract set<N extends MetricOf<'gauge'>>(name: N, labels: MetricLabels<N>, value: number): void;

  /** Adds one observation to a histogram. */
  abstract observe<N extends MetricOf<'histogram'>>(name: N, labels: MetricLabels<N>, value: number): void;

  /** Everything counted so far, in the text format of Prometheus. */
  abstract exposition(): Promise<string>;
}
