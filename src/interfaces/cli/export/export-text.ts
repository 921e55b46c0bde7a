import type { ExportView } from '../../../domain/warehouse-loading/appmetrica/export-view.js';
import { textRecord } from '../text-table.js';

const BAR_WIDTH = 20;

/** How far an export is, on one line. */
export function progressText({ state, progress }: ExportView): string {
  const { percent, phase, parts, fetched, reason, waiting_until: until } = progress;
  const full = Math.round((percent / 100) * BAR_WIDTH);
  const bar = `[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}] ${percent} %`;
  const what = state === 'accepted' ? 'accepted' : phase;
  const why = reason === undefined ? '' : ` (${reason}, until ${until})`;
  return `${bar} ${what}${why}${parts > 1 ? `, ${fetched} of ${parts} parts` : ''}`;
}

/** What an export is, and what became of it. */
export function exportText(view: ExportView): string[] {
  const { id, state, source, format, date_since: since, date_until: until, progress, result, error } = view;
  return textRecord({
    id,
    state,
    source: `${source}.${format}`,
    since,
    until,
    progress: `${progress.percent} %`,
    rows: result?.rows,
    bytes: result?.bytes,
    parts: result?.parts,
    sha256: result?.sha256,
    object: result?.object?.key,
    error: error && `${error.code}: ${error.message}`,
    kept: view.kept_until,
  });
}
