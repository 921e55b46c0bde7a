/** What the HTTP driver is told by the composition. */
export abstract class HttpOptions {
  abstract readonly title: string;
  abstract readonly version: string;
  abstract readonly description: string;
  /** 0 is no limit. */
  abstract readonly rateLimitPerMinute: number;
}
