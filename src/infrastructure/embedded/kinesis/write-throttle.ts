const RECORDS_PER_SECOND = 1000;
const BYTES_PER_SECOND = 1024 * 1024;

interface Window {
  readonly second: number;
  records: number;
  bytes: number;
}

/** What one shard of AWS takes in a second. A record beyond that is refused, the next second starts afresh. */
export class WriteThrottle {
  private readonly windows = new Map<number, Window>();

  constructor(private readonly now: () => number) {}

  admits(shardIndex: number, payloadBytes: number): boolean {
    const second = Math.floor(this.now() / 1000);
    let window = this.windows.get(shardIndex);
    if (window?.second !== second) {
      window = { second, records: 0, bytes: 0 };
      this.windows.set(shardIndex, window);
    }
    // A record larger than a second's worth passes alone, or it could never be written.
    const fits = window.records < RECORDS_PER_SECOND && window.bytes + payloadBytes <= BYTES_PER_SECOND;
    if (!fits && window.records > 0) return false;
    window.records += 1;
    window.bytes += payloadBytes;
    return true;
  }
}
