import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SchemaRegistry } from '../../src/domain/ports/schema-registry.port.js';
import { freshName } from '../support/engine-of.js';

export interface SchemaRegistryHarness {
  readonly registry: SchemaRegistry;
  /** The same registry, as another process sees it. */
  readonly others: SchemaRegistry;
  readonly unreachable: SchemaRegistry;
  close(): Promise<void>;
}

type FieldType = string | readonly string[];

/** A record with these fields; each test has a name of its own for it, so that its schemas are new. */
function recordOf(name: string, fields: Readonly<Record<string, FieldType>>, preset?: string): string {
  return JSON.stringify({
    type: 'record',
    name,
    fields: Object.entries(fields).map(([field, type]) => ({
      name: field,
      type,
      ...(field === preset && { default: null }),
    })),
  });
}

/** What every SchemaRegistry adapter promises. */
export function schemaRegistryContract(kind: string, open: () => Promise<SchemaRegistryHarness>): void {
  describe(`SchemaRegistry: ${kind}`, () => {
    let harness: SchemaRegistryHarness;
    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness.close());

    it('gives a schema an id and a GUID, and finds it by both, by its version and as the latest', async () => {
      const subject = `${freshName('subject')}/ü %`;
      const registered = await harness.registry.register(subject, recordOf(freshName('r'), { a: 'string' }));
      expect(registered).toMatchObject({ subject, version: 1, references: [] });
      expect(registered.id).toBeGreaterThan(0);
      expect(registered.guid).toMatch(/^[0-9a-f-]{36}$/);
      const { id, guid, schema } = registered;
      for (const registry of [harness.registry, harness.others]) {
        expect(await registry.byId(id)).toEqual({ id, guid, schema, references: [] });
        expect(await registry.byGuid(guid)).toEqual({ id, guid, schema, references: [] });
        expect(await registry.version(subject, 1)).toEqual(registered);
        expect(await registry.latest(subject)).toEqual(registered);
      }
    });

    it('gives the same schema the same version again, however it is written, and the same id elsewhere', async () => {
      const [subject, other] = [freshName('subject'), freshName('subject')];
      const schema = recordOf(freshName('r'), { a: 'string' });
      const first = await harness.registry.register(subject, schema);
      expect(await harness.others.register(subject, JSON.stringify(JSON.parse(schema), null, 4))).toEqual(first);
      expect(await harness.registry.register(other, schema)).toMatchObject({
        subject: other,
        version: 1,
        id: first.id,
      });
    });

    it('gives many who come at once with the same schema the same version, and those with others each their own', async () => {
      const subject = freshName('subject');
      const name = freshName('r');
      const registries = [harness.registry, harness.others, harness.registry, harness.others];
      const same = await Promise.all(
        registries.map((registry) => registry.register(subject, recordOf(name, { a: 'string' }))),
      );
      expect(new Set(same.map(({ id, version }) => `${id} ${version}`)).size).toBe(1);
      const various = await Promise.all(
        registries.map((registry, n) =>
          registry.register(subject, recordOf(name, { a: 'string', [`b${n}`]: ['null', 'string'] }, `b${n}`)),
        ),
      );
      expect(various.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5]);
      expect(new Set(various.map(({ id }) => id)).size).toBe(4);
    });

    it('does not take a schema that cannot read the data of the latest, and says why', async () => {
      const subject = freshName('subject');
      const name = freshName('r');
      await harness.registry.register(subject, recordOf(name, { a: 'string' }));
      const incompatible = recordOf(name, { a: 'string', b: 'int' });
      const register = harness.registry.register(subject, incompatible);
      await expect(register).rejects.toMatchObject({
        code: 'schema.incompatible',
        message: expect.stringContaining('"b"') as string,
      });
      const verdict = await harness.registry.check(subject, incompatible);
      expect(verdict.isCompatible).toBe(false);
      expect(verdict.messages.join()).toContain('READER_FIELD_MISSING_DEFAULT_VALUE');
      expect(await harness.registry.latest(subject)).toMatchObject({ version: 1 });
    });

    it('takes a field more that has a default, and a field less', async () => {
      const subject = freshName('subject');
      const name = freshName('r');
      await harness.registry.register(subject, recordOf(name, { a: 'string' }));
      const more = recordOf(name, { a: 'string', b: ['null', 'int'] }, 'b');
      expect(await harness.registry.check(subject, more)).toEqual({ isCompatible: true, messages: [] });
      expect(await harness.registry.register(subject, more)).toMatchObject({ version: 2 });
      const less = recordOf(name, { b: ['null', 'int'] }, 'b');
      expect(await harness.registry.check(subject, less, [], 1)).toMatchObject({ isCompatible: true });
      await expect(harness.registry.check(subject, less, [], 9)).rejects.toMatchObject({
        code: 'schema-version.unknown',
      });
    });

    it('takes any schema for a subject that it does not know', async () => {
      const verdict = await harness.registry.check(freshName('subject'), recordOf(freshName('r'), { a: 'int' }));
      expect(verdict).toEqual({ isCompatible: true, messages: [] });
    });

    it('refuses what is no schema, and a reference that leads nowhere', async () => {
      const subject = freshName('subject');
      const refused = { code: 'schema.invalid' };
      await expect(harness.registry.register(subject, '{"type":"nothing"}')).rejects.toMatchObject(refused);
      await expect(harness.registry.check(subject, '{')).rejects.toMatchObject(refused);
      const reference = { name: 'x.Y', subject: freshName('subject'), version: 1 };
      const register = harness.registry.register(subject, recordOf(freshName('r'), { a: 'x.Y' }), [reference]);
      await expect(register).rejects.toMatchObject(refused);
      expect(await harness.registry.latest(subject)).toBeUndefined();
    });

    it('lets schemas name types of others, and tells the same text with other references apart', async () => {
      const [money, order] = [freshName('money'), freshName('order')];
      const name = freshName('Money');
      const first = await harness.registry.register(money, recordOf(name, { cents: 'long' }));
      const second = await harness.registry.register(money, recordOf(name, { cents: 'long', c: ['null', 'int'] }, 'c'));
      const schema = recordOf(freshName('Order'), { total: name });
      const references = [first, second].map(({ version }) => ({ name, subject: money, version }));
      const [one, two] = references.map((reference) => [reference]);
      const registered = await harness.registry.register(order, schema, one);
      expect(registered.references).toEqual(one);
      expect(await harness.others.byId(registered.id)).toMatchObject({ references: one });
      expect(await harness.registry.check(order, schema, two)).toMatchObject({ isCompatible: true });
      const next = await harness.registry.register(order, schema, two);
      expect(next).toMatchObject({ version: 2, references: two });
      expect(next.id).not.toBe(registered.id);
    });

    it('knows nothing of ids, GUIDs, subjects and versions that are not there', async () => {
      expect(await harness.registry.byId(2_000_000_000)).toBeUndefined();
      expect(await harness.registry.byGuid('00000000-0000-4000-8000-000000000000')).toBeUndefined();
      expect(await harness.registry.byGuid('no guid')).toBeUndefined();
      expect(await harness.registry.latest(freshName('subject'))).toBeUndefined();
      expect(await harness.registry.version(freshName('subject'), 1)).toBeUndefined();
    });

    it('tells that nobody is there', async () => {
      for (const ask of [
        () => harness.unreachable.byId(1),
        () => harness.unreachable.latest('s'),
        () => harness.unreachable.register('s', '"string"'),
      ]) {
        await expect(ask()).rejects.toMatchObject({
          code: expect.stringMatching(/^(registry|database)\.unreachable$/) as string,
        });
      }
    });
  });
}
