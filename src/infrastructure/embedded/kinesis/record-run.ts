import type { Segment } from './segment.js';

export interface ReadLimits {
  readonly records: number;
  /** Bytes of data and partition keys; one record is answered even if it alone is larger. */
  readonly payloadBytes: number;
}

/** Consecutive records on their way to a reader, in the form of GetRecords: JSON objects, each led by a comma. */
export class RecordRun {
  readonly bodies: Buffer[] = [];
  firstTimeMs: number | undefined;
  lastTimeMs: number | undefined;
  isFull = false;
  private payloadBytes = 0;

  constructor(
    public nextIndex: number,
    private readonly limits: ReadLimits,
  ) {}

  async takeFrom(segment: Segment): Promise<void> {
    for await (const frames of segment.framesFrom(this.nextIndex)) {
      for (const { index, timeMs, payloadBytes, body } of frames) {
        this.isFull = !this.hasRoomFor(payloadBytes);
        if (this.isFull) return;
        if (index !== this.nextIndex) throw new Error(`A record is missing in ${segment.path}.`);
        this.bodies.push(body);
        this.payloadBytes += payloadBytes;
        this.firstTimeMs ??= timeMs;
        this.lastTimeMs = timeMs;
        this.nextIndex = index + 1;
      }
    }
  }

  skipTo(index: number): void {
    this.nextIndex = Math.max(this.nextIndex, index);
  }

  private hasRoomFor(payloadBytes: number): boolean {
    if (this.bodies.length >= this.limits.records) return false;
    return this.bodies.length === 0 || this.payloadBytes + payloadBytes <= this.limits.payloadBytes;
  }
}
