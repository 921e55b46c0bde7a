import type { RunView } from '../../../domain/workflow-gateway/run-view.js';
import { textRecord } from '../text-table.js';

/** A run, for people. */
export function runText(run: RunView): string[] {
  const { run_id, state, prompt, source_tables: sources, target_table, caller, result, error } = run;
  return textRecord({
    run: run_id,
    state,
    prompt,
    sources: sources?.join(', '),
    target: target_table,
    caller,
    started: run.started_at,
    finished: run.finished_at,
    result: result === undefined ? undefined : JSON.stringify(result),
    error: error === undefined ? undefined : `${error.code}: ${error.message}`,
  });
}
