import { checkDuration } from './check-duration.js';
import type { ConfigLook } from './config-look.js';

/** Each pane of a sliding window is kept; a window of more of them is cheaper as several aggregations. */
export const MAX_PANES = 1440;
const MIN_WINDOW_MS = 1000;
const MAX_WINDOW_MS = 366 * 86_400_000;

/** Whether the window of an aggregation is one of those there are. */
export function checkWindow(window: ConfigLook): void {
  const durationMs = checkLength(window.at('duration'));
  const slide = window.at('slide');
  const kind = window.at('type')?.text;
  if (kind === 'tumbling') slide?.fault('is for sliding windows only');
  if (kind !== 'sliding') return;
  if (slide === undefined) window.fault('has no "slide", which a sliding window needs');
  else checkSlide(slide, durationMs);
}

function checkLength(duration: ConfigLook | undefined): number | undefined {
  const durationMs = checkDuration(duration);
  if (durationMs === undefined) return undefined;
  if (durationMs < MIN_WINDOW_MS || durationMs > MAX_WINDOW_MS) duration?.fault('must be from 1 second to 366 days');
  return durationMs;
}

function checkSlide(slide: ConfigLook, durationMs: number | undefined): void {
  const slideMs = checkDuration(slide);
  if (slideMs === undefined || durationMs === undefined) return;
  if (slideMs < MIN_WINDOW_MS || durationMs % slideMs !== 0)
    slide.fault('must be 1 second or more, and divide the duration');
  else if (durationMs / slideMs > MAX_PANES) slide.fault(`must go into the duration ${MAX_PANES} times at most`);
}
