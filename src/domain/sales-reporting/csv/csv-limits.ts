/** A record, quoted line breaks included. A longer one is a bad row: memory is bounded, and a quote left open ends here. */
export const MAX_RECORD_BYTES = 1_048_576;
/** As many as a table of PostgreSQL can have columns. */
export const MAX_FIELDS = 1600;
