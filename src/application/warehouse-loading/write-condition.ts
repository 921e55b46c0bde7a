import { PenstockError } from '../../domain/errors.js';
import type { WriteCondition } from '../../domain/ports/object-store.port.js';
import { parseEntityTags } from '../../domain/warehouse-loading/entity-tag.js';

/**
 * What `If-Match` asks of a write: one strong tag, or `*` for any object that is there.
 *
 * @throws PenstockError `request.invalid` for several tags, and for a weak one, which never matches
 */
export function conditionOf(ifMatch: string): Extract<WriteCondition, { ifPresent: true } | { ifMatch: string }> {
  const tags = parseEntityTags(ifMatch);
  if (tags === '*') return { ifPresent: true };
  const [tag = '', ...more] = tags;
  if (more.length === 0 && !tag.startsWith('W/')) return { ifMatch: tag };
  throw new PenstockError('request.invalid', 'If-Match takes one strong entity tag here, or *.');
}
