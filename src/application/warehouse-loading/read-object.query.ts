import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { PenstockError } from '../../domain/errors.js';
import { type ObjectContent, type ObjectHead, ObjectStore, type ReadObject } from '../../domain/ports/object-store.port.js';
import { parseRange } from '../../domain/warehouse-loading/byte-range.js';
import { type EntityTags, matchesStrongly, matchesWeakly, parseEntityTags } from '../../domain/warehouse-loading/entity-tag.js';
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
  constructor(
    readonly key: string,
    readonly conditions: ReadConditions = {},
  ) {
    super();
  }
}

@QueryHandler(ReadObjectQuery)
export class ReadObjectHandler implements IQueryHandler<ReadObjectQuery> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ key, conditions }: ReadObjectQuery): Promise<ObjectReading> {
    checkObjectKey(key);
    const { ifMatch, ifNoneMatch, ifRange } = conditions;
    const range = conditions.range === undefined ? undefined : parseRange(conditions.range);
    const tags = { ...(ifMatch && { match: parseEntityTags(ifMatch) }), ...(ifNoneMatch && { none: parseEntityTags(ifNoneMatch) }) };
    const seen = needsLook(tags) || (range && ifRange) ? await this.known(key) : undefined;
    if (seen && tags.match && !matchesStrongly(tags.match, seen.etag)) throw unmatched(key);
    if (seen && tags.none && matchesWeakly(tags.none, seen.etag)) return { isUnmodified: true, etag: seen.etag };
    const isRangeMeant = range !== undefined && (ifRange === undefined || ifRange === seen?.etag);
    const request = { ...requestOf(tags, seen), ...(isRangeMeant && { range }) };
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

interface Tags {
  readonly match?: EntityTags;
  readonly none?: EntityTags;
}

/** A store decides about one strong tag itself; about anything else only who has looked at the object. */
function needsLook({ match, none }: Tags): boolean {
  return [match, none].some((tags) => tags !== undefined && single(tags) === undefined);
}

function single(tags: EntityTags): string | undefined {
  return tags !== '*' && tags.length === 1 && !tags[0]?.startsWith('W/') ? tags[0] : undefined;
}

/** What was looked at is what is read: otherwise its conditions would have been checked on another object. */
function requestOf({ match, none }: Tags, seen: ObjectHead | undefined): ReadObject {
  if (seen) return { ifMatch: seen.etag };
  const [ifMatch, ifNoneMatch] = [match && single(match), none && single(none)];
  return { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

function unmatched(key: string): PenstockError {
  return new PenstockError('object.unmatched', `The object "${key}" has none of these entity tags.`);
}
