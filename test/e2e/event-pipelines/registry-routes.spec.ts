import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshName } from '../../support/engine-of.js';
import { basic, RegistryService } from '../../support/registry-service.js';

type Fields = Readonly<Record<string, unknown>>;

const TYPE = 'application/vnd.schemaregistry.v1+json';

function record(name: string, ...fields: readonly (string | Fields)[]): { schema: string } {
  const all = fields.map((field) => (typeof field === 'string' ? { name: field, type: 'string' } : field));
  return { schema: JSON.stringify({ type: 'record', name, fields: all }) };
}

const optional = (name: string): Fields => ({ name, type: ['null', 'string'], default: null });

describe('/registry', () => {
  let service: RegistryService;
  beforeAll(async () => {
    service = await RegistryService.start();
  });
  afterAll(() => service.close());

  /** Registers schemas of one record, each with an optional field more, and answers their subject. */
  const subjectWith = async (versions: number): Promise<{ subject: string; name: string; ids: number[] }> => {
    const [subject, name] = [freshName('subject'), freshName('r')];
    const ids: number[] = [];
    for (let n = 1; n <= versions; n += 1) {
      const more = Array.from({ length: n - 1 }, (_, at) => optional(`o${at}`));
      const { status, body } = await service.call('POST', `/subjects/${subject}/versions`, record(name, 'a', ...more));
      expect(status).toBe(200);
      ids.push(body.id);
    }
    return { subject, name, ids };
  };

  const refused = async (expected: number, ...call: Parameters<RegistryService['call']>): Promise<void> => {
    const { status, type, body } = await service.call(...call);
    expect([call[0], call[1], status, body.error_code]).toEqual([
      call[0],
      call[1],
      Number(String(expected).slice(0, 3)),
      expected,
    ]);
    expect(Object.keys(body)).toEqual(['error_code', 'message']);
    expect(type).toContain(TYPE);
  };

  it('says what it is', async () => {
    expect(await service.call('GET', '')).toMatchObject({ status: 200, body: {} });
    expect((await service.call('GET', '/schemas/types')).body).toEqual(['AVRO']);
    expect((await service.call('GET', '/contexts')).body).toEqual(['.']);
    expect((await service.call('GET', '/v1/metadata/id')).body).toHaveProperty('scope');
  });

  it('shows what was registered, by every way to it', async () => {
    const { subject, name, ids } = await subjectWith(2);
    const [first, second] = ids as [number, number];
    const text = record(name, 'a', optional('o0')).schema;
    const latest = (await service.call('GET', `/subjects/${subject}/versions/latest`)).body;
    expect(latest).toEqual({ subject, version: 2, id: second, guid: latest.guid, schema: text });
    for (const version of ['2', '-1']) {
      expect((await service.call('GET', `/subjects/${subject}/versions/${version}`)).body).toEqual(latest);
    }
    const raw = await service.call('GET', `/subjects/${subject}/versions/2/schema`);
    expect(raw.body).toEqual(JSON.parse(text));
    expect((await service.call('GET', `/schemas/ids/${second}/schema`)).body).toEqual(JSON.parse(text));
    for (const path of [`/schemas/ids/${second}`, `/schemas/guids/${latest.guid}`]) {
      expect((await service.call('GET', path)).body).toEqual({ id: second, guid: latest.guid, schema: text });
    }
    expect((await service.call('GET', `/schemas/ids/${first}/subjects`)).body).toEqual([subject]);
    expect((await service.call('GET', `/schemas/ids/${first}/versions`)).body).toEqual([{ subject, version: 1 }]);
    expect((await service.call('GET', `/subjects/${subject}/versions`)).body).toEqual([1, 2]);
    expect((await service.call('GET', `/subjects?subjectPrefix=${subject}`)).body).toEqual([subject]);
    expect((await service.call('GET', `/subjects?subjectPrefix=:*:${subject}`)).body).toEqual([subject]);
    const listed = (await service.call('GET', `/schemas?subjectPrefix=${subject}`)).body as Fields[];
    expect(listed.map((entry) => entry['version'])).toEqual([1, 2]);
    const newest = await service.call('GET', `/schemas?subjectPrefix=${subject}&latestOnly=true`);
    expect(newest.body).toEqual([latest]);
    expect((await service.call('POST', `/subjects/${subject}`, { schema: ` ${text}` })).body).toEqual(latest);
  });

  it('numbers what is not there as Confluent does', async () => {
    const { subject } = await subjectWith(1);
    const nowhere = freshName('subject');
    await refused(40401, 'GET', `/subjects/${nowhere}/versions`);
    await refused(40401, 'GET', `/subjects/${nowhere}/versions/1`);
    await refused(40401, 'GET', `/subjects/${nowhere}/versions/latest`);
    await refused(40401, 'DELETE', `/subjects/${nowhere}`);
    await refused(40401, 'DELETE', `/subjects/${nowhere}/versions/1`);
    await refused(40401, 'POST', `/subjects/${nowhere}`, record('R', 'a'));
    await refused(40402, 'GET', `/subjects/${subject}/versions/9`);
    await refused(40402, 'DELETE', `/subjects/${subject}/versions/9`);
    await refused(40403, 'POST', `/subjects/${subject}`, record('Other', 'a'));
    await refused(40403, 'GET', '/schemas/ids/2000000000');
    await refused(40403, 'GET', '/schemas/ids/x');
    await refused(40403, 'GET', '/schemas/guids/x');
    await refused(40408, 'GET', `/config/${subject}`);
    await refused(40409, 'GET', `/mode/${subject}`);
    await refused(40401, 'DELETE', `/config/${subject}`);
    await refused(404, 'GET', '/no/such/route');
  });

  it('numbers what it refuses as Confluent does', async () => {
    const { subject } = await subjectWith(1);
    const post = async (expected: number, body: unknown): Promise<void> => {
      await refused(expected, 'POST', `/subjects/${subject}/versions`, body);
    };
    await post(42201, { schema: '{"type":"record"}' });
    await post(42201, { schema: '' });
    await post(42201, {});
    await post(42201, { schema: '{"type":"object"}', schemaType: 'JSON' });
    await post(42201, { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' });
    await post(42201, { ...record('R', 'a'), ruleSet: { domainRules: [{ name: 'x', type: 'ENCRYPT' }] } });
    await post(42201, { ...record('R', 'a'), references: [{ name: 'x', subject: freshName('s'), version: 1 }] });
    await post(422, { ...record('R', 'a'), references: [{ name: 'x', subject: 's' }] });
    await post(400, '{"schema":');
    await post(42205, { ...record('R', 'a'), id: 77 });
    await refused(42202, 'GET', `/subjects/${subject}/versions/0`);
    await refused(42202, 'GET', `/subjects/${subject}/versions/2147483648`);
    await refused(42202, 'GET', `/subjects/${subject}/versions/first`);
    await refused(42203, 'PUT', '/config', { compatibility: 'SOMEHOW' });
    await refused(42203, 'PUT', `/config/${subject}`, { compatibility: 'FULL', compatibilityGroup: 'g' });
    await refused(42204, 'PUT', '/mode', { mode: 'SOMEHOW' });
    await refused(42208, 'POST', `/subjects/${encodeURIComponent(':.other:s')}/versions`, record('R', 'a'));
    await refused(415, 'POST', `/subjects/${subject}/versions`, 'x', { 'content-type': 'text/plain' });
  });

  it('takes what clients send beside a schema, and plain JSON', async () => {
    const subject = freshName('subject');
    const body = { ...record('R', 'a'), schemaType: 'AVRO', references: [], metadata: null, ruleSet: null, newer: 1 };
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const answer = await service.call('POST', `/subjects/${subject}/versions?normalize=true`, body, headers);
    expect(answer).toMatchObject({ status: 200, body: { version: 1 } });
    expect(answer.type).toContain('application/json');
  });

  it.each([
    ['NONE', record('R', { name: 'a', type: 'int' }), true],
    ['BACKWARD', record('R', 'a', optional('b')), true],
    ['BACKWARD', record('R', 'a', 'b'), false],
    ['FORWARD', record('R', 'a', 'b'), true],
    ['FORWARD', record('R', 'b'), false],
    ['FULL', record('R', 'a', 'b'), false],
    ['FULL', record('R', 'a', optional('b')), true],
  ])('holds new schemas against the latest by the level %s: %j', async (compatibility, schema, isCompatible) => {
    const subject = freshName('subject');
    await service.call('POST', `/subjects/${subject}/versions`, record('R', 'a'));
    const set = await service.call('PUT', `/config/${subject}`, { compatibility });
    expect(set.body).toEqual({ compatibility });
    expect((await service.call('GET', `/config/${subject}`)).body).toEqual({ compatibilityLevel: compatibility });
    const verdict = await service.call(
      'POST',
      `/compatibility/subjects/${subject}/versions/latest?verbose=true`,
      schema,
    );
    expect(verdict.body.is_compatible).toBe(isCompatible);
    expect(verdict.body.messages.length > 0).toBe(!isCompatible);
    const { status, body } = await service.call('POST', `/subjects/${subject}/versions`, schema);
    expect([status, body.error_code ?? body.version]).toEqual(isCompatible ? [200, 2] : [409, 409]);
  });

  it('holds new schemas against all versions by a transitive level, against one where asked', async () => {
    const subject = freshName('subject');
    await service.call('PUT', `/config/${subject}`, { compatibility: 'NONE' });
    for (const schema of [record('R', { name: 'a', type: 'int' }), record('R', 'b'), record('R', 'b', 'c')]) {
      await service.call('POST', `/subjects/${subject}/versions`, schema);
    }
    const candidate = record('R', 'b');
    const check = async (path: string): Promise<unknown> =>
      (await service.call('POST', `/compatibility/subjects/${subject}/versions${path}`, candidate)).body.is_compatible;
    await service.call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD' });
    expect(await check('')).toBe(true);
    expect(await check('/1')).toBe(false);
    await service.call('PUT', `/config/${subject}`, { compatibility: 'BACKWARD_TRANSITIVE' });
    expect(await check('')).toBe(false);
    await refused(40402, 'POST', `/compatibility/subjects/${subject}/versions/9`, candidate);
    const unknown = `/compatibility/subjects/${freshName('s')}/versions/latest`;
    expect((await service.call('POST', unknown, candidate)).body).toEqual({ is_compatible: true });
  });

  it('has levels and modes of subjects, which fall back to those of all', async () => {
    const { subject } = await subjectWith(1);
    expect((await service.call('GET', '/config')).body).toEqual({ compatibilityLevel: 'BACKWARD' });
    expect((await service.call('GET', `/config/${subject}?defaultToGlobal=true`)).body).toEqual({
      compatibilityLevel: 'BACKWARD',
    });
    await service.call('PUT', `/config/${subject}`, { compatibility: 'full_transitive' });
    expect((await service.call('DELETE', `/config/${subject}`)).body).toEqual({
      compatibilityLevel: 'FULL_TRANSITIVE',
    });
    await refused(40408, 'GET', `/config/${subject}`);
    expect((await service.call('GET', '/mode')).body).toEqual({ mode: 'READWRITE' });
    expect((await service.call('PUT', `/mode/${subject}`, { mode: 'READONLY' })).body).toEqual({ mode: 'READONLY' });
    await refused(42205, 'POST', `/subjects/${subject}/versions`, record(freshName('r'), 'a'));
    await refused(42205, 'DELETE', `/subjects/${subject}`);
    expect((await service.call('DELETE', `/mode/${subject}`)).body).toEqual({ mode: 'READONLY' });
    expect((await service.call('GET', `/mode/${subject}?defaultToGlobal=true`)).body).toEqual({ mode: 'READWRITE' });
  });

  it('takes schemas with their ids and versions in mode IMPORT', async () => {
    const { subject: full } = await subjectWith(1);
    await refused(42205, 'PUT', `/mode/${full}`, { mode: 'IMPORT' });
    expect((await service.call('PUT', `/mode/${full}?force=true`, { mode: 'IMPORT' })).status).toBe(200);
    const subject = freshName('subject');
    await service.call('PUT', `/mode/${subject}`, { mode: 'IMPORT' });
    const [schema, id] = [record(freshName('r'), 'a'), 1_000_000];
    await refused(42205, 'POST', `/subjects/${subject}/versions`, schema);
    const imported = await service.call('POST', `/subjects/${subject}/versions`, { ...schema, id, version: 5 });
    expect(imported.body).toMatchObject({ id, version: 5 });
    const again = await service.call('POST', `/subjects/${subject}/versions`, { ...schema, id, version: 5 });
    expect(again.body).toMatchObject({ id, version: 5 });
    await refused(42205, 'POST', `/subjects/${subject}/versions`, { ...record(freshName('r'), 'a'), id });
    const { ids } = await subjectWith(1);
    expect(ids[0]).toBeGreaterThan(id);
  });

  it('deletes softly first, and then for good', async () => {
    const { subject, name, ids } = await subjectWith(2);
    const path = `/subjects/${subject}/versions`;
    await refused(40407, 'DELETE', `${path}/1?permanent=true`);
    expect((await service.call('DELETE', `${path}/1`)).body).toBe(1);
    await refused(40406, 'DELETE', `${path}/1`);
    await refused(40402, 'GET', `${path}/1`);
    expect((await service.call('GET', `${path}/1?deleted=true`)).body).toMatchObject({ version: 1, id: ids[0] });
    expect((await service.call('GET', path)).body).toEqual([2]);
    expect((await service.call('GET', `${path}?deleted=true`)).body).toEqual([1, 2]);
    expect((await service.call('GET', `${path}?deletedOnly=true`)).body).toEqual([1]);
    expect((await service.call('GET', `/schemas/ids/${ids[0]}`)).status).toBe(200);
    await refused(40403, 'POST', `/subjects/${subject}`, record(name, 'a'));
    expect((await service.call('POST', `/subjects/${subject}?deleted=true`, record(name, 'a'))).body.version).toBe(1);
    // As it comes back it is a version of its own, with the id it had.
    expect((await service.call('POST', path, record(name, 'a'))).body).toMatchObject({ version: 3, id: ids[0] });
    await refused(40405, 'DELETE', `/subjects/${subject}?permanent=true`);
    await service.call('PUT', `/config/${subject}`, { compatibility: 'FULL' });
    expect((await service.call('DELETE', `/subjects/${subject}`)).body).toEqual([2, 3]);
    await refused(40408, 'GET', `/config/${subject}`);
    await refused(40404, 'DELETE', `/subjects/${subject}`);
    expect((await service.call('GET', `/subjects?subjectPrefix=${subject}`)).body).toEqual([]);
    expect((await service.call('GET', `/subjects?subjectPrefix=${subject}&deleted=true`)).body).toEqual([subject]);
    expect((await service.call('DELETE', `/subjects/${subject}?permanent=true`)).body).toEqual([1, 2, 3]);
    await refused(40401, 'DELETE', `/subjects/${subject}?permanent=true`);
    for (const id of ids) await refused(40403, 'GET', `/schemas/ids/${id}`);
    const { body } = await service.call('POST', path, record(name, 'a'));
    expect(body.version).toBe(1);
    expect(ids).not.toContain(body.id);
  });

  it('lets nothing go that another schema refers to', async () => {
    const { subject, name } = await subjectWith(1);
    const order = freshName('order');
    const schema = record(freshName('Order'), { name: 'total', type: name });
    const references = [{ name, subject, version: 1 }];
    const { body } = await service.call('POST', `/subjects/${order}/versions`, { ...schema, references });
    expect((await service.call('GET', `/subjects/${subject}/versions/1/referencedby`)).body).toEqual([body.id]);
    expect((await service.call('GET', `/schemas/ids/${body.id}`)).body.references).toEqual(references);
    await refused(42206, 'DELETE', `/subjects/${subject}/versions/latest`);
    await refused(42206, 'DELETE', `/subjects/${subject}`);
    await service.call('DELETE', `/subjects/${order}`);
    await service.call('DELETE', `/subjects/${subject}`);
    await refused(42206, 'DELETE', `/subjects/${subject}?permanent=true`);
    await service.call('DELETE', `/subjects/${order}?permanent=true`);
    expect((await service.call('DELETE', `/subjects/${subject}?permanent=true`)).status).toBe(200);
  });

  it('lets callers do what the scopes of their keys say, as password, bearer or header', async () => {
    const { subject } = await subjectWith(1);
    const { schema } = record(freshName('r'), 'a');
    const path = `/subjects/${freshName('subject')}/versions`;
    const as = (key: string): Record<string, string> => ({ authorization: basic(key) });
    await refused(401, 'GET', '/subjects', undefined, { authorization: '' });
    await refused(401, 'GET', '/subjects', undefined, as('nobody'));
    await refused(403, 'POST', path, { schema }, as('reader'));
    expect((await service.call('POST', path, { schema }, as('loader'))).status).toBe(200);
    await refused(403, 'DELETE', `/subjects/${subject}`, undefined, as('loader'));
    await refused(403, 'PUT', '/config', { compatibility: 'NONE' }, as('loader'));
    await refused(403, 'PUT', '/mode', { mode: 'READONLY' }, as('loader'));
    for (const headers of [
      as('reader'),
      { authorization: 'Bearer reader' },
      { authorization: '', 'x-api-key': 'reader' },
    ]) {
      expect((await service.call('GET', `/subjects/${subject}/versions`, undefined, headers)).status).toBe(200);
    }
    // Nowhere else: a password that a browser keeps would be sent by pages of others too.
    const elsewhere = await fetch(new URL('/nowhere', service.url), { headers: as('boss') });
    expect(elsewhere.headers.get('content-type')).toContain('application/problem+json');
  });

  it('describes its routes with examples, and its errors in their own form', async () => {
    const document = (await (await fetch(new URL('/openapi.json', service.url))).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, { content: object }> }>>;
    };
    const routes = Object.keys(document.paths).filter((path) => path.startsWith('/registry'));
    expect(routes.length).toBeGreaterThanOrEqual(20);
    const { responses } = document.paths['/registry/subjects/{subject}/versions']!['post']!;
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '409', '422', '500']));
    expect(JSON.stringify(responses['409'])).toContain('"error_code":409');
    expect(Object.keys(responses['422']!.content)).toEqual([TYPE]);
  });
});
