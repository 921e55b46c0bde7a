import { idRanges, type IdRun, idsOf } from '../../../domain/warehouse-loading/id-runs.js';

/** What a load did, as the clients of the DWH Helper know it; of NDJSON with ranges, because there may be millions. */
export type LoadAnswer =
  | {
      /** Null when the load was first sent as NDJSON, under the same key, and had too many ranges. */
      readonly inserted_ids: readonly (number | null)[] | null;
      readonly count: number;
      readonly batches: number;
    }
  | {
      /** First and last of consecutive ids, in the order of the rows; null when there are too many ranges. */
      readonly inserted_id_ranges: readonly (readonly [number, number])[] | null;
      readonly count: number;
      readonly batches: number;
    };

export interface Receipt {
  readonly ids: readonly IdRun[] | undefined;
  readonly count: number;
  readonly batches: number;
}

export function loadAnswer({ ids, count, batches }: Receipt, isStream: boolean): LoadAnswer {
  if (!isStream) return { inserted_ids: ids === undefined ? null : idsOf(ids), count, batches };
  return { inserted_id_ranges: ids === undefined ? null : idRanges(ids), count, batches };
}
