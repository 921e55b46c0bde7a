import type { ExportSource } from '../warehouse-loading/amplitude/export-range.js';
import type { ExportWindow } from '../warehouse-loading/amplitude/window-plan.js';

export interface WindowRequest {
  readonly source: ExportSource;
  readonly window: ExportWindow;
  readonly signal: AbortSignal;
}

/** What Amplitude says to a window, where it says something that a smaller window or nothing at all follows from. */
export type WindowAnswer = 'events' | 'empty' | 'too-large' | 'timed-out';

/**
 * The Export API of Amplitude, for the two projects whose keys the settings hold. What passes by itself (connections,
 * 5xx, 429 by its `Retry-After`) is tried again within the limits of the settings, with the wait for a 429 shared by all
 * requests of the project. Every adapter is tested against a server that answers as the vendor documents it.
 */
export abstract class AmplitudeVendor {
  /**
   * A name for the project the source stands for: the same for the same service and key, and no secret.
   *
   * @throws PenstockError `vendor.unconfigured` when its keys are not set
   */
  abstract project(source: ExportSource): string;

  /** Runs `work` in its turn: as many works of a source at once as its limit allows, in the order they asked. */
  abstract inTurn<T>(source: ExportSource, signal: AbortSignal, work: () => Promise<T>): Promise<T>;

  /**
   * Asks for a window, and hands the archive that comes, if one does, to `read`; again for another try when it was cut
   * off on its way or `read` throws `vendor.broken`. 404 is `empty`, 400 `too-large`; 504 is `timed-out`, at once for
   * several hours, after all tries for one.
   *
   * @throws PenstockError `vendor.refused` (401, 403: at once), `vendor.throttled`, `vendor.unreachable`, `vendor.broken`,
   * and whatever else `read` throws
   */
  abstract fetch(
    request: WindowRequest,
    read: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<WindowAnswer>;
}
