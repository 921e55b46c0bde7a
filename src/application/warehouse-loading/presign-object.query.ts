import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Clock } from '../../domain/ports/clock.port.js';
import { ObjectStore } from '../../domain/ports/object-store.port.js';
import { checkObjectKey } from '../../domain/warehouse-loading/object-key.js';

export interface PresignedObject {
  readonly key: string;
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly expires_at: string;
}

export const DEFAULT_PRESIGN_SECONDS = 900;
/** The longest that signatures of AWS hold: a week. */
export const MAX_PRESIGN_SECONDS = 604_800;

/** A URL by which whoever holds it downloads or uploads one object at the store itself, until it expires. */
export class PresignObjectQuery extends Query<PresignedObject> {
  constructor(
    readonly key: string,
    readonly method: 'GET' | 'PUT' = 'GET',
    readonly expiresInSeconds: number = DEFAULT_PRESIGN_SECONDS,
  ) {
    super();
  }
}

@QueryHandler(PresignObjectQuery)
export class PresignObjectHandler implements IQueryHandler<PresignObjectQuery> {
  constructor(
    private readonly store: ObjectStore,
    private readonly clock: Clock,
  ) {}

  async execute({ key, method, expiresInSeconds }: PresignObjectQuery): Promise<PresignedObject> {
    checkObjectKey(key);
    const expiresAt = new Date(this.clock.nowMs() + expiresInSeconds * 1000);
    const url = await this.store.presign(key, method === 'GET' ? 'get' : 'put', expiresInSeconds);
    return { key, method, url, expires_at: expiresAt.toISOString() };
  }
}
