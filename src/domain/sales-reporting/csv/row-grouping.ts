import type { RowPlace } from '../import-table.js';

/** Rows of one partition, one after another. */
export interface RowGroup {
  readonly place: RowPlace;
  /** Bytes from `start` to `stop`. */
  readonly start: number;
  readonly stop: number;
  readonly rows: number;
}

/** A group while its rows are counted, then while they are laid down. */
interface GroupCount {
  readonly place: RowPlace;
  readonly number: number;
  bytes: number;
  rows: number;
  nextByte: number;
  nextRow: number;
}

const FIRST_ROWS = 16_384;

/**
 * Lays rows of one partition down together, in the order in which they came. A database works through the indexes of one
 * partition after another then, whose upper pages stay close at hand, instead of going from one to the next with every row.
 * Keys include the key of the partitions, so that of rows with the same key the first one stays the first.
 */
export class RowGrouping {
  /** Partitions whose rows may stay among one another have the same lane, which is a place of one of them. */
  laneOf: (place: RowPlace) => RowPlace = (place) => place;
  /** Set where rows had to be moved. */
  bytes: Uint8Array | undefined;
  groups: RowGroup[] | undefined;
  private room = new Uint8Array(0);
  /** By partition; those of one lane share a group. */
  private counts = new Map<RowPlace, GroupCount>();
  private lanes = new Map<RowPlace, GroupCount>();
  private lastPlace: RowPlace | undefined;
  private last: GroupCount | undefined;
  private isKnown = true;
  private rows = 0;
  private numbers = new Uint32Array(FIRST_ROWS);
  /** By the places that rows have now. */
  private origins = new Int32Array(FIRST_ROWS);
  private starts = new Int32Array(FIRST_ROWS + 1);

  clear(): void {
    this.bytes = undefined;
    this.groups = undefined;
    this.counts = new Map();
    this.lanes = new Map();
    this.lastPlace = undefined;
    this.isKnown = true;
    this.rows = 0;
  }

  /** The partition of the next row; undefined where the database alone knows it. */
  note(place: RowPlace | undefined): void {
    if (place === undefined) this.isKnown = false;
    if (place === undefined || !this.isKnown) return;
    const group = place === this.lastPlace ? this.last : (this.counts.get(place) ?? this.added(place));
    this.lastPlace = place;
    this.last = group;
    if (this.rows === this.numbers.length) this.grow();
    this.numbers[this.rows] = group?.number ?? 0;
    this.rows += 1;
  }

  /** `starts` says where rows begin in `bytes`, and behind the last one, where they end. */
  group(bytes: Uint8Array, starts: Int32Array): void {
    if (!this.isKnown || this.rows === 0) return;
    const counts = [...this.lanes.values()];
    this.measure(counts, starts);
    this.groups = counts.map(({ place, rows, bytes: length, nextByte }) => ({
      place,
      start: nextByte,
      stop: nextByte + length,
      rows,
    }));
    if (counts.length > 1) this.lay(counts, bytes, starts);
  }

  /** Where a row stood before. */
  originOf(row: number): number {
    return this.bytes === undefined ? row : (this.origins[row] ?? 0);
  }

  /** Where a row begins now; undefined where rows were not moved. */
  startOf(row: number): number | undefined {
    return this.bytes === undefined ? undefined : this.starts[row];
  }

  private added(place: RowPlace): GroupCount {
    const lane = this.laneOf(place);
    const group = this.lanes.get(lane) ?? newGroup(lane, this.lanes.size);
    this.lanes.set(lane, group);
    this.counts.set(place, group);
    return group;
  }

  private measure(counts: readonly GroupCount[], starts: Int32Array): void {
    for (let row = 0; row < this.rows; row += 1) {
      const group = counts[this.numbers[row] as number] as GroupCount; // row < rows
      group.rows += 1;
      group.bytes += (starts[row + 1] as number) - (starts[row] as number);
    }
    let [nextByte, nextRow] = [0, 0];
    for (const group of counts) {
      [group.nextByte, group.nextRow] = [nextByte, nextRow];
      nextByte += group.bytes;
      nextRow += group.rows;
    }
  }

  private lay(counts: readonly GroupCount[], bytes: Uint8Array, starts: Int32Array): void {
    if (this.room.length < bytes.length) this.room = new Uint8Array(bytes.length);
    const { room } = this;
    for (let row = 0; row < this.rows; row += 1) {
      const group = counts[this.numbers[row] as number] as GroupCount; // row < rows
      this.origins[group.nextRow] = row;
      this.starts[group.nextRow] = group.nextByte;
      group.nextRow += 1;
      const stop = starts[row + 1] as number;
      let to = group.nextByte;
      // Rows are short: a call for each would cost more.
      for (let at = starts[row] as number; at < stop; at += 1, to += 1) room[to] = bytes[at] as number;
      group.nextByte = to;
    }
    this.starts[this.rows] = starts[this.rows] as number;
    this.bytes = room;
  }

  private grow(): void {
    const { numbers } = this;
    this.numbers = new Uint32Array(numbers.length * 2);
    this.numbers.set(numbers);
    this.origins = new Int32Array(numbers.length * 2);
    this.starts = new Int32Array(numbers.length * 2 + 1);
  }
}

function newGroup(place: RowPlace, number: number): GroupCount {
  return { place, number, bytes: 0, rows: 0, nextByte: 0, nextRow: 0 };
}
