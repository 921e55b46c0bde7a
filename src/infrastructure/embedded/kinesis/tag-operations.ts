import { AwsError } from '../aws/aws-error.js';
import type { AwsJsonInput, AwsJsonOperation } from '../aws/aws-json-endpoint.js';
import { dictionary, integer, list, readFields, required, text } from '../aws/request-fields.js';
import { findStream, type KinesisContext, STREAM_FIELDS } from './kinesis-context.js';

const MAX_TAGS = 50;
const PAGE_TAGS = 50;

export const TAG_KEY = text({ min: 1, max: 128 });
export const TAG_VALUE = text({ max: 256 });

/** Tags of streams. */
export class TagOperations {
  constructor(private readonly context: KinesisContext) {}

  operations(): [string, AwsJsonOperation][] {
    return [
      ['AddTagsToStream', (input) => this.add(input)],
      ['RemoveTagsFromStream', (input) => this.remove(input)],
      ['ListTagsForStream', async (input) => this.list(input)],
    ];
  }

  private async add(input: AwsJsonInput): Promise<undefined> {
    const fields = { ...STREAM_FIELDS, Tags: required(dictionary(1, MAX_TAGS, TAG_KEY, TAG_VALUE)) };
    const { Tags, ...reference } = readFields(input, fields);
    await findStream(this.context, reference).update((metadata) => {
      const tags = { ...metadata.tags, ...Tags };
      if (Object.keys(tags).length <= MAX_TAGS) return { ...metadata, tags };
      throw new AwsError('InvalidArgumentException', `A stream can have at most ${MAX_TAGS} tags.`);
    });
  }

  private async remove(input: AwsJsonInput): Promise<undefined> {
    const fields = { ...STREAM_FIELDS, TagKeys: required(list(TAG_KEY, 1, MAX_TAGS)) };
    const { TagKeys, ...reference } = readFields(input, fields);
    await findStream(this.context, reference).update((metadata) => {
      const kept = Object.entries(metadata.tags).filter(([key]) => !TagKeys.includes(key));
      return { ...metadata, tags: Object.fromEntries(kept) };
    });
  }

  private list(input: AwsJsonInput): object {
    const fields = { ...STREAM_FIELDS, ExclusiveStartTagKey: TAG_KEY, Limit: integer(1, PAGE_TAGS) };
    const { ExclusiveStartTagKey: after = '', Limit = PAGE_TAGS, ...reference } = readFields(input, fields);
    const { tags } = findStream(this.context, reference).metadata;
    const rest = Object.entries(tags)
      .filter(([key]) => key > after)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const page = rest.slice(0, Limit);
    return { Tags: page.map(([Key, Value]) => ({ Key, Value })), HasMoreTags: page.length < rest.length };
  }
}
