import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import {
  type ObjectContent,
  type ObjectHead,
  ObjectStore,
  type ReadObject,
} from '../../domain/ports/object-store.port.js';
import { type ByteRange, parseRange } from '../../domain/warehouse-loading/byte-range.js';
import {
  type EntityTags,
  matchesStrongly,
  matchesWeakly,
  parseEntityTags,
} from '../../domain/warehouse-loading/entity-tag.js';
import { checkObjectKey } from '../../domain/warehouse-loading/object-key.js';

/** Conditions and range of a reading, in the words of RFC 9110. */
export interface ReadConditions {
  readonly range?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** The range is meant only for the object with this tag; of another one, the whole is wanted. */
  readonly ifRange?: string;
}

/** The object and its content; or that it is what the caller has already. */
export type ObjectReading =
  | { readonly isUnmodified: true; readonly etag: string }
  | ({ readonly isUnmodified: false } & ObjectContent);

/** Read an object, or a range of it, as a stream. */
export class ReadObjectQuery extends Query<ObjectReading> {
  /** @param signal gives up, also while the content is read */
  constructor(
    readonly key: string,
    readonly conditions: ReadConditions = {},
    readonly signal?: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(ReadObjectQuery)
export class ReadObjectHandler implements IQueryHandler<ReadObjectQuery> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ key, conditions, signal }: ReadObjectQuery): Promise<ObjectReading> {
    checkObjectKey(key);
    const wish = wishOf(conditions);
    const seen = needsLook(wish) ? await this.known(key) : undefined;
    if (seen && isKnownTo(wish, seen)) return { isUnmodified: true, etag: seen.etag };
    const request = { ...requestOf(wish, seen), ...(signal && { signal }) };
    const content = await this.store.read(key, request);
    if (content === 'unmodified') return { isUnmodified: true, etag: request.ifNoneMatch ?? '' };
    return { isUnmodified: false, ...content };
  }

  private async known(key: string): Promise<ObjectHead> {
    const head = await this.store.head(key);
    if (head === undefined) throw new PenstockError('object.unknown', `There is no object "${key}".`);
    return head;
  }
}

/** The conditions, understood. */
interface Wish {
  readonly match?: EntityTags;
  readonly none?: EntityTags;
  readonly range?: ByteRange;
  readonly ifRange?: string;
}

function wishOf({ range, ifMatch, ifNoneMatch, ifRange }: ReadConditions): Wish {
  const bytes = range === undefined ? undefined : parseRange(range);
  return {
    ...(ifMatch !== undefined && { match: parseEntityTags(ifMatch) }),
    ...(ifNoneMatch !== undefined && { none: parseEntityTags(ifNoneMatch) }),
    ...(bytes && { range: bytes, ...(ifRange !== undefined && { ifRange }) }),
  };
}

/** A store decides about one strong tag itself; about anything else only who has looked at the object. */
function needsLook({ match, none, ifRange }: Wish): boolean {
  return ifRange !== undefined || [match, none].some((tags) => tags !== undefined && single(tags) === undefined);
}

/** @throws PenstockError `object.unmatched` */
function isKnownTo({ match, none }: Wish, { key, etag }: ObjectHead): boolean {
  if (match && !matchesStrongly(match, etag)) throw unmatched(key);
  return none !== undefined && matchesWeakly(none, etag);
}

function single(tags: EntityTags): string | undefined {
  return tags !== '*' && tags.length === 1 && !tags[0]?.startsWith('W/') ? tags[0] : undefined;
}

function requestOf({ match, none, range, ifRange }: Wish, seen: ObjectHead | undefined): ReadObject {
  const isRangeMeant = range !== undefined && (ifRange === undefined || ifRange === seen?.etag);
  const part = isRangeMeant ? { range } : {};
  // What was looked at is what is read: otherwise its conditions would have been checked on another object.
  if (seen) return { ...part, ifMatch: seen.etag };
  const [ifMatch, ifNoneMatch] = [match && single(match), none && single(none)];
  return { ...part, ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

function unmatched(key: string): PenstockError {
  return new PenstockError('object.unmatched', `The object "${key}" has none of these entity tags.`);
}
