/** Values that go with a log line, as named fields; never record contents, never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** What operators read. One line is one event of interest; per-record work is counted in metrics, not logged. */
export abstract class Log {
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  /** `cause` is logged with its stack where it is a defect, by code and message where it is a PenstockError. */
  abstract error(message: string, cause?: unknown, fields?: LogFields): void;
}
