/** What an export is doing: the vendor prepares a part, its quota or a failure is waited out, a part comes, all are put together, or stored in the bucket. */
export type ExportPhase = 'preparing' | 'waiting' | 'downloading' | 'gluing' | 'storing';

export interface ExportProgress {
  readonly phase: ExportPhase;
  /** Of the whole export, whole numbers; 100 is for exports that succeeded. */
  readonly percent: number;
  readonly parts: number;
  /** Parts that are here. */
  readonly fetched: number;
  /** Rows and bytes, uncompressed, of these. */
  readonly rows: number;
  readonly bytes: number;
  /** While it waits: until when, in milliseconds since the epoch, and the code of the reason. */
  readonly waitingUntilMs?: number;
  readonly reason?: string;
  /** The part that was ordered anew, as `part/parts`, so that it is not ordered anew again. */
  readonly ordered?: string;
}

export const NO_PROGRESS: ExportProgress = { phase: 'preparing', percent: 0, parts: 1, fetched: 0, rows: 0, bytes: 0 };

/** What the fetching of all parts counts for; the rest is putting together and storing. */
const FETCHING = 95;

/** How far the fetching is, when `fetched` parts are here and the vendor says that it is at `partPercent` of the next. */
export function fetchPercent(fetched: number, parts: number, partPercent = 0): number {
  const part = Math.min(100, Math.max(0, partPercent)) / 100;
  return Math.min(FETCHING, Math.floor(((fetched + part) / parts) * FETCHING));
}

/** How far the rest is: bytes put together, of those fetched. */
export function gluePercent(bytes: number, ofBytes: number): number {
  return Math.min(99, FETCHING + Math.floor((bytes / Math.max(1, ofBytes)) * (99 - FETCHING)));
}
