/**
 * Settings of every insert of stream records (`FORMAT JSONEachRow`). The types of `inferSchema` are chosen for these: with
 * them, every sampled event is accepted and read back as it was. Some are defaults of today's servers, written down
 * because older ones, or a user's profile, differ.
 */
export const INSERT_FORMAT_SETTINGS = {
  /** Timestamps of events are ISO 8601, with zones and fractions. */
  date_time_input_format: 'best_effort',
  /** A null counts as a missing field: both take the column's NULL, or its default where it cannot be NULL. */
  input_format_null_as_default: 1,
  /** Numbers, booleans, objects and arrays land in a String column as their JSON text, digit by digit. */
  input_format_json_read_numbers_as_strings: 1,
  input_format_json_read_bools_as_strings: 1,
  input_format_json_read_objects_as_strings: 1,
  input_format_json_read_arrays_as_strings: 1,
  /** `true` is no number: otherwise it became 1, also inside the arrays of a JSON column. */
  input_format_json_read_bools_as_numbers: 0,
  /** Strings inside a JSON column stay the strings they are, even when they look like times or numbers. */
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  input_format_json_try_infer_numbers_from_strings: 0,
  /** The fast parser may be off by the last bit. */
  precise_float_parsing: 1,
} as const;
