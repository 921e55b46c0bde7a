/**
 * What becomes of a row whose key is there already, in the table or earlier in the load. `error`: nothing is written.
 * `ignore`: the row that is there stays. `update`: it gets all values of the new one, null for those left out, and keeps
 * its id. Tables without a key have no such rows.
 */
export const ON_CONFLICT = ['error', 'ignore', 'update'] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];
