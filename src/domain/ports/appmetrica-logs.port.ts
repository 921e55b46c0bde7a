import type { ExportRequest } from '../warehouse-loading/appmetrica/export-request.js';

export interface PartRequest {
  readonly request: ExportRequest;
  /** The export is split into so many parts … */
  readonly parts: number;
  /** … and this one is asked for, from 0 on. */
  readonly part: number;
  /** Have the vendor make it anew; only ever with the first request for a part, for it begins again each time. */
  readonly anew: boolean;
}

/** What came, as it came. */
export interface PartBody {
  readonly encoding: 'gzip' | 'identity';
  /**
   * Must be read to its end, or destroyed.
   *
   * @throws PenstockError `vendor.broken` when it is cut off, `vendor.unreachable`
   */
  readonly bytes: AsyncIterable<Uint8Array> & { destroy(): unknown };
}

export type PartAnswer =
  /** The same request must be made again, later; `percent` where the vendor tells. */
  | { readonly kind: 'preparing'; readonly percent?: number }
  | { readonly kind: 'ready'; readonly body: PartBody }
  /** The quota is used up. */
  | { readonly kind: 'busy'; readonly retryAfterMs?: number }
  /** The export must be split into more parts. */
  | { readonly kind: 'too-large' };

export interface AppmetricaApplication {
  readonly id: number;
  readonly name: string;
  readonly timeZone?: string;
}

/**
 * The Logs API of AppMetrica. It knows no export but the request itself: the same request, made again, tells how far it
 * is, and in the end answers the content, for 24 hours. Nothing is tried twice here. The adapter is tested against a
 * server that answers as the vendor documents it.
 *
 * @throws PenstockError `vendor.unconfigured`, `vendor.refused` (the key), `vendor.rejected` (the request, in the vendor's
 * words), `vendor.unreachable` and `vendor.broken` (worth another try)
 */
export abstract class AppmetricaLogs {
  abstract fetchPart(part: PartRequest, signal: AbortSignal): Promise<PartAnswer>;

  /** Whether the vendor answers, and lets us see the application. */
  abstract application(id: number, signal: AbortSignal): Promise<AppmetricaApplication>;
}
