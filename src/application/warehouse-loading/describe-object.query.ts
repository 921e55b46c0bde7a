import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { checkObjectKey } from '../../domain/warehouse-loading/object-key.js';

/** What is known of a key: of an absent object that it is absent. */
export interface ObjectDescription {
  readonly key: string;
  readonly exists: boolean;
  /** Bytes. */
  readonly size: number | null;
  readonly etag?: string;
  readonly last_modified?: string;
  readonly content_type?: string;
  readonly version_id?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Whether there is an object with this key, and what it is like. */
export class DescribeObjectQuery extends Query<ObjectDescription> {
  constructor(readonly key: string) {
    super();
  }
}

@QueryHandler(DescribeObjectQuery)
export class DescribeObjectHandler implements IQueryHandler<DescribeObjectQuery> {
  constructor(private readonly store: ObjectStore) {}

  async execute({ key }: DescribeObjectQuery): Promise<ObjectDescription> {
    checkObjectKey(key);
    const head = await this.store.head(key);
    if (head === undefined) return { key, exists: false, size: null };
    const { size, etag, lastModified, contentType, versionId, metadata } = head;
    return {
      key,
      exists: true,
      size,
      etag,
      last_modified: lastModified.toISOString(),
      ...(contentType !== undefined && { content_type: contentType }),
      ...(versionId !== undefined && { version_id: versionId }),
      metadata,
    };
  }
}
