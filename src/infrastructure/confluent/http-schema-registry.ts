import { isGuid } from '../../domain/event-pipelines/avro/schema-guid.js';
import { PenstockError } from '../../domain/errors.js';
import type { Metrics } from '../../domain/ports/metrics.port.js';
import type {
  CompatibilityVerdict,
  RegisteredSchema,
  RegisterOptions,
  SchemaReference,
  SchemaRegistry,
  SchemaVersion,
} from '../../domain/ports/schema-registry.port.js';
import { BoundedCache } from '../../domain/shared/bounded-cache.js';
import { errorCode, fieldsOf, messagesIn, refusal, schemaIn, versionIn } from './registry-answers.js';
import type { RegistryAnswer, RegistryHttp } from './registry-http.js';

/** Schemas that are kept: what is found never changes. */
const MAX_KEPT = 1000;
const SUBJECT_UNKNOWN = 40401;
const COMPATIBLE: CompatibilityVerdict = { isCompatible: true, messages: [] };

/** An external registry that speaks Confluent's HTTP API. */
export class HttpSchemaRegistry implements SchemaRegistry {
  private readonly kept = new BoundedCache<string, RegisteredSchema | SchemaVersion>(MAX_KEPT);

  constructor(
    private readonly http: RegistryHttp,
    private readonly metrics: Metrics,
  ) {}

  async register(
    subject: string,
    schema: string,
    references: readonly SchemaReference[] = [],
    { normalize = false, ...numbers }: RegisterOptions = {},
  ): Promise<SchemaVersion> {
    const asked = normalize ? '?normalize=true' : '';
    const path = `/subjects/${encodeURIComponent(subject)}`;
    const added = await this.http.post(`${path}/versions${asked}`, { schema, references, ...numbers });
    if (added.status === 404) throw refusal(added.status, added.body);
    fieldsOf(added);
    // Older registries answer with the id alone; the look-up has the version in all of them.
    const found = fieldsOf(await this.http.post(`${path}${asked}`, { schema, references }));
    if (found !== undefined) return versionIn(found);
    throw new PenstockError('registry.refused', 'The schema registry lost a schema as soon as it had it.');
  }

  byId(id: number): Promise<RegisteredSchema | undefined> {
    return this.found(`/schemas/ids/${id}`, (fields) => schemaIn(fields, id));
  }

  async byGuid(guid: string): Promise<RegisteredSchema | undefined> {
    if (!isGuid(guid)) return undefined;
    const found = await this.found(`/schemas/guids/${guid.toLowerCase()}`, (fields) => ({
      ...schemaIn(fields, Number(fields['id'] ?? 0)),
      guid: guid.toLowerCase(),
    }));
    return found;
  }

  version(subject: string, version: number): Promise<SchemaVersion | undefined> {
    return this.found(`/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`, versionIn);
  }

  async latest(subject: string): Promise<SchemaVersion | undefined> {
    const fields = fieldsOf(await this.http.get(`/subjects/${encodeURIComponent(subject)}/versions/latest`));
    return fields && versionIn(fields);
  }

  async check(
    subject: string,
    schema: string,
    references: readonly SchemaReference[] = [],
    version?: number,
  ): Promise<CompatibilityVerdict> {
    const against = version === undefined ? 'versions' : `versions/${version}`;
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/${against}?verbose=true`;
    const answer = await this.http.post(path, { schema, references });
    if (answer.status === 404) return unknownTo(answer, subject, version);
    const fields = fieldsOf(answer) ?? {};
    if (fields['is_compatible'] === true) return COMPATIBLE;
    const messages = messagesIn(fields);
    return {
      isCompatible: false,
      messages: messages.length > 0 ? messages : ['The schema registry does not say why.'],
    };
  }

  private async found<T extends RegisteredSchema>(
    path: string,
    read: (fields: Readonly<Record<string, unknown>>) => T,
  ): Promise<T | undefined> {
    const known = this.kept.get(path) as T | undefined; // a path has one kind of answer
    this.metrics.count('penstock_schema_lookups_total', { found: known === undefined ? 'fetched' : 'cached' });
    if (known !== undefined) return known;
    const fields = fieldsOf(await this.http.get(path));
    if (fields === undefined) return undefined;
    const schema = read(fields);
    this.kept.set(path, schema);
    return schema;
  }
}

/** To a subject that is not there, any schema will do. */
function unknownTo({ body }: RegistryAnswer, subject: string, version: number | undefined): CompatibilityVerdict {
  if (errorCode(body) === SUBJECT_UNKNOWN && version === undefined) return COMPATIBLE;
  throw new PenstockError('schema-version.unknown', `The subject "${subject}" has no version ${version ?? 'at all'}.`);
}
