import type { FileStore } from './file-store.js';
import { objectKey, partListKey, referenceKey } from './index-keys.js';
import type { IndexChange, IndexStore } from './index-store.js';
import type { Locks } from './locks.js';
import type { ObjectPart, ObjectRecord, PartList, Slice, Tag } from './records.js';
import { filesOf } from './slices.js';

/** An object that is being read; its content stays where it is until `close`, whatever happens to the object. */
export interface OpenObject {
  readonly record: ObjectRecord;
  readonly slices: readonly Slice[];
  /** Of an object that came in parts. */
  readonly parts?: readonly ObjectPart[];
  close(): void;
}

export interface NewObject {
  readonly record: ObjectRecord;
  /** Of content the record itself does not tell. */
  readonly partList?: PartList;
  /** What is done for good in the same moment. */
  readonly along?: Accompaniment;
}

/** Changes, and the files that may be unneeded after them. */
export interface Accompaniment {
  readonly changes: readonly IndexChange[];
  readonly files: readonly string[];
}

/** Decides whether a change may be made to the object there is, and throws if not. */
export type Condition = (current: ObjectRecord | undefined) => void;

/** The objects of all buckets. Whoever changes something sees to it that the bucket stays meanwhile. */
export class ObjectCatalog {
  constructor(
    private readonly index: IndexStore,
    private readonly files: FileStore,
    private readonly locks: Locks,
  ) {}

  find(bucket: string, key: string): ObjectRecord | undefined {
    return this.index.get(objectKey(bucket, key)) as ObjectRecord | undefined; // what such keys hold
  }

  /** Finds and pins in one step, so that nobody can remove its files in between. */
  open(bucket: string, key: string): OpenObject | undefined {
    const record = this.find(bucket, key);
    if (!record) return undefined;
    const parts = record.slices ? [] : this.partsOf(record);
    const slices = record.slices ?? parts.flatMap((part) => part.slices);
    const close = this.files.pin(filesOf(slices));
    return { record, slices, ...(record.upload ? { parts } : {}), close };
  }

  /** Makes this the object of that key, at once and for good, if `condition` allows for it. */
  async store(bucket: string, key: string, object: NewObject, condition: Condition): Promise<void> {
    const { record, partList, along } = object;
    const place = objectKey(bucket, key);
    const slices = record.slices ?? partList?.parts.flatMap((part) => part.slices) ?? [];
    const leaving = await this.locks.exclusive(place, async () => {
      const current = this.find(bucket, key);
      condition(current);
      const left = this.leave(current);
      await this.index.change([
        ...left.changes,
        ...(along?.changes ?? []),
        { put: place, value: record },
        ...(partList ? [{ put: partListKey(record.id), value: partList }] : []),
        ...filesOf(slices).map((file) => ({ put: referenceKey(file, record.id), value: {} })),
      ]);
      return [...left.files, ...(along?.files ?? [])];
    });
    this.files.release(leaving);
  }

  /** Changes what is said about an object, not what it is. Answers false where there is none. */
  retag(bucket: string, key: string, tags: readonly Tag[]): Promise<boolean> {
    const place = objectKey(bucket, key);
    return this.locks.exclusive(place, async () => {
      const current = this.find(bucket, key);
      if (current) await this.index.change([{ put: place, value: { ...current, tags } }]);
      return current !== undefined;
    });
  }

  /** Removes objects, each if its condition allows for it; answers what the conditions threw, by key. */
  async remove(bucket: string, conditions: ReadonlyMap<string, Condition>): Promise<Map<string, unknown>> {
    const keys = [...conditions.keys()];
    const refused = new Map<string, unknown>();
    const places = keys.map((key) => objectKey(bucket, key));
    const files = await this.locks.exclusiveAll(places, async () => {
      const changes: IndexChange[] = [];
      const leaving: string[] = [];
      for (const [key, condition] of conditions) {
        const current = this.find(bucket, key);
        try {
          condition(current);
        } catch (error) {
          refused.set(key, error);
          continue;
        }
        if (!current) continue;
        const left = this.leave(current);
        changes.push({ del: objectKey(bucket, key) }, ...left.changes);
        leaving.push(...left.files);
      }
      if (changes.length > 0) await this.index.change(changes);
      return leaving;
    });
    this.files.release(files);
    return refused;
  }

  private leave(record: ObjectRecord | undefined): Accompaniment {
    if (!record) return { changes: [], files: [] };
    const listed = record.slices ? [] : this.partsOf(record);
    const files = filesOf(record.slices ?? listed.flatMap(({ slices }) => slices));
    const references = files.map((file) => ({ del: referenceKey(file, record.id) }));
    return { files, changes: [...references, ...(record.slices ? [] : [{ del: partListKey(record.id) }])] };
  }

  private partsOf({ id }: ObjectRecord): readonly ObjectPart[] {
    const list = this.index.get(partListKey(id)) as PartList | undefined; // what such keys hold
    return list?.parts ?? [];
  }
}
