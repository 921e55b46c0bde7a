import { PenstockError } from '../errors.js';

/** Longest name of a subject, in characters. */
export const MAX_SUBJECT_CHARS = 300;
/** How Confluent's registry marks a subject of another context, of which there are none here. */
const CONTEXT = ':.';

/** @throws PenstockError `subject.invalid` */
export function checkSubject(subject: string): void {
  const isBad = subject === '' || subject.length > MAX_SUBJECT_CHARS || /\p{Cc}/u.test(subject);
  if (!isBad && !subject.startsWith(CONTEXT)) return;
  const message = isBad
    ? `The name of a subject is 1 to ${MAX_SUBJECT_CHARS} characters, none of them a control character.`
    : 'There are no contexts here: the name of a subject does not begin with ":.".';
  throw new PenstockError('subject.invalid', message);
}
