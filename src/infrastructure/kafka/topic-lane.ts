import { PenstockError } from '../../domain/errors.js';
import type { OutgoingRecord } from '../../domain/ports/stream-sink.port.js';
import { sizeOf } from './outgoing-requests.js';

interface Publication {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Publishes to one topic, one thing after the other: so records of one key keep their order, and the client's sequence
 * numbers, which it counts up when an answer comes, are never given twice. What is to be published meanwhile goes together.
 */
export class TopicLane {
  private readonly waiting: Publication[] = [];
  private isWorking = false;

  constructor(
    private readonly send: (records: readonly OutgoingRecord[]) => Promise<void>,
    private readonly maxBytes: number,
  ) {}

  get isIdle(): boolean {
    return !this.isWorking;
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
      this.waiting.push({ records, bytes, resolve, reject });
      if (!this.isWorking) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    while (this.waiting.length > 0) await this.sendTogether(this.nextGroup());
    this.isWorking = false;
  }

  /** As many as fit into one request; at least the first. */
  private nextGroup(): Publication[] {
    let bytes = 0;
    const behind = this.waiting.findIndex((publication, index) => {
      bytes += publication.bytes;
      return index > 0 && bytes > this.maxBytes;
    });
    return this.waiting.splice(0, behind < 0 ? this.waiting.length : behind);
  }

  private async sendTogether(group: readonly Publication[]): Promise<void> {
    try {
      await this.send(group.flatMap(({ records }) => records));
      for (const { resolve } of group) resolve();
    } catch (cause) {
      const isAbout = cause instanceof PenstockError && cause.code === 'record.too-large';
      // A record that is refused is its own publisher's trouble.
      if (isAbout && group.length > 1) for (const one of group) await this.sendTogether([one]);
      else for (const { reject } of group) reject(cause);
    }
  }
}
