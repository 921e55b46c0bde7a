import { type EventKey, eventKeyText } from './event-format.js';

/** Tells of events that are published twice which is the first. */
export class SeenEvents {
  private readonly times = new Map<string, string>();
  /** Of the few whose id is there with another time. */
  private readonly others = new Set<string>();

  isFirst(event: EventKey): boolean {
    const { id, time } = event;
    const known = this.times.get(id);
    if (known === undefined) {
      this.times.set(id, time);
      return true;
    }
    if (known === time) return false;
    const { size } = this.others;
    return this.others.add(eventKeyText(event)).size > size;
  }
}
