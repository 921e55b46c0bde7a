/** What is said along with a message; secrets are recognised by their names and masked, whole records do not belong here. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What operators read. Every line carries the request it belongs to by itself. */
export abstract class Log {
  /** For somebody who hunts a fault; off by default. */
  abstract debug(message: string, fields?: LogFields): void;
  /** Something an operator would want to have seen: started, taken over, finished. */
  abstract info(message: string, fields?: LogFields): void;
  /** Something is wrong that the service copes with by itself. */
  abstract warning(message: string, fields?: LogFields): void;
  /** Something is wrong that somebody must look at; `error` is logged with its stack and causes. */
  abstract error(message: string, error: unknown, fields?: LogFields): void;
}
