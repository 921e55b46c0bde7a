import { type Fault, PenstockError } from '../errors.js';
import { decodeCursor } from '../shared/cursor.js';

/** Ids of dead letters are whole numbers, counting up with time. */
const ID = /^\d{1,18}$/;

/** @throws PenstockError `request.invalid` with a fault for each that can be the id of no dead letter */
export function checkLetterIds(ids: readonly string[] = []): void {
  const faults = ids.flatMap((id, index): Fault[] =>
    ID.test(id) ? [] : [{ path: `ids.${index}`, message: 'is not the id of a dead letter' }],
  );
  if (faults.length > 0) throw new PenstockError('request.invalid', 'Not all ids are ids of dead letters.', { faults });
}

/** The dead letter a page ended with. @throws PenstockError `cursor.invalid` */
export function letterAt(cursor: string): string {
  const id = decodeCursor(cursor);
  if (ID.test(id)) return id;
  throw new PenstockError('cursor.invalid', 'The cursor is of another list.');
}
