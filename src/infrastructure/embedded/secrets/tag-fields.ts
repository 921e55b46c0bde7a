import { type Field, list, required, structure, text } from '../aws/request-fields.js';
import { MAX_TAGS } from './limits.js';

export const TAG_KEY = text({ min: 1, max: 128 });
const TAG = structure({ Key: required(TAG_KEY), Value: text({ max: 256 }) });
const TAG_LIST = list(TAG, 0, MAX_TAGS);

/** Tags as they are sent, `[{Key, Value}]`, and as they are kept. */
export function dictionaryOfTags(): Field<Record<string, string>> & { readonly required: false } {
  return {
    required: false,
    read: (value, path, faults) =>
      Object.fromEntries(TAG_LIST.read(value, path, faults).map(({ Key, Value = '' }) => [Key, Value])),
  };
}
