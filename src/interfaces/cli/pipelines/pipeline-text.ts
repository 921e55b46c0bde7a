import type { DeployReceipt } from '../../../application/event-pipelines/deploy-pipeline.command.js';
import type { PipelineSummary, PipelineView } from '../../../application/event-pipelines/pipeline-view.js';
import { textRecord, textTable } from '../text-table.js';

/** What was done, or would be, step by step. */
export function deployText(receipt: DeployReceipt, withStatements: boolean): string[] {
  const { domain, dry_run: dryRun, schemas, events, aggregations } = receipt;
  const steps = [
    ...schemas.map(({ action, subject }) => [action, 'schema', subject]),
    ...events.map(({ action, table }) => [action, 'events', table]),
    ...aggregations.map(({ kind, aggregation }) => [kind, 'windows', aggregation]),
  ];
  const statements = aggregations.flatMap(({ statement }) => (statement === undefined ? [] : [`${statement};`]));
  return [
    ...textTable(['step', 'of', 'name'], steps),
    ...(withStatements ? ['', ...statements] : []),
    dryRun ? `Nothing was done: a plan for ${domain}.` : `${domain} is deployed.`,
  ];
}

export function pipelinesText(pipelines: readonly PipelineSummary[]): string[] {
  if (pipelines.length === 0) return ['No domain is deployed.'];
  const rows = pipelines.map((pipeline) => [
    pipeline.domain,
    pipeline.environment,
    pipeline.event_types.length,
    pipeline.aggregations.length,
    pipeline.deployed_at,
    pipeline.deployed_by,
  ]);
  return textTable(['domain', 'environment', 'event types', 'aggregations', 'deployed', 'by'], rows);
}

/** A pipeline as a whole, then its events and its aggregates. */
export function pipelineText(pipeline: PipelineView): string[] {
  const { domain, environment, deployed_at: deployed, deployed_by: by } = pipeline;
  const events = pipeline.event_types.map((each) => [
    each.event_type,
    each.stream,
    each.table,
    each.state,
    each.rows,
    each.duplicates,
    each.dead_letters,
    each.lag_ms,
    each.watermark,
    each.stalled,
  ]);
  const aggregates = pipeline.aggregations.map((each) => [
    each.aggregation,
    each.kind,
    each.view,
    each.state,
    each.last_window_start,
    each.changed_at,
    each.late_events,
  ]);
  const eventHead = ['events', 'stream', 'table', 'state', 'rows', 'duplicates', 'dead letters', 'lag ms', 'watermark'];
  return [
    ...textRecord({ domain, environment, deployed, by }),
    '',
    ...textTable([...eventHead, 'stalled'], events),
    '',
    ...textTable(['windows', 'kind', 'view', 'state', 'last window', 'changed', 'late events'], aggregates),
  ];
}
