import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type ListObjects, ObjectStore } from '../../domain/ports/object-store.port.js';

/** The answer the clients of the DWH Helper know, and what stands beside. */
export interface ObjectList {
  readonly prefix: string;
  readonly objects: readonly {
    readonly Key: string;
    readonly LastModified: string;
    readonly Size: number;
    readonly ETag: string;
  }[];
  /** What keys begin with up to the delimiter, where one was given. */
  readonly prefixes: readonly string[];
  /** Objects on this page. */
  readonly count: number;
  /** Of the next page; left out on the last one. */
  readonly next?: string;
}

export const MAX_OBJECTS_LIMIT = 1000;

/** A page of the objects whose keys begin with a prefix, in the order of their keys. */
export class ListObjectsQuery extends Query<ObjectList> {
  constructor(readonly filter: Partial<ListObjects> = {}) {
    super();
  }
}

@QueryHandler(ListObjectsQuery)
export class ListObjectsHandler implements IQueryHandler<ListObjectsQuery> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ filter }: ListObjectsQuery): Promise<ObjectList> {
    const { prefix, delimiter, cursor, limit = MAX_OBJECTS_LIMIT } = filter;
    const page = await this.store.list({
      limit,
      ...(prefix && { prefix }),
      ...(delimiter && { delimiter }),
      ...(cursor !== undefined && { cursor }),
    });
    const objects = page.objects.map(({ key, lastModified, size, etag }) => ({
      Key: key,
      LastModified: lastModified.toISOString(),
      Size: size,
      ETag: etag,
    }));
    const { prefixes, next } = page;
    return { prefix: prefix ?? '', objects, prefixes, count: objects.length, ...(next !== undefined && { next }) };
  }
}
