import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshName } from '../support/engine-of.js';

export interface SecretsHarness {
  readonly client: SecretsManagerClient;
  close(): Promise<void>;
}

/** What we take Secrets Manager for: its own documentation, for as much of it as the endpoint has. */
export function secretsEndpointContract(engine: string, open: (() => Promise<SecretsHarness>) | undefined): void {
  describe.skipIf(open === undefined)(`Secrets Manager: ${engine}`, () => {
    let at: SecretsHarness;
    beforeAll(async () => {
      at = await open!();
    });
    afterAll(() => at.close());

    const created = async (value = 'first', name = freshName('app/db')): Promise<string> => {
      await at.client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
      return name;
    };
    const valueOf = async (SecretId: string, more: { VersionId?: string; VersionStage?: string } = {}) =>
      (await at.client.send(new GetSecretValueCommand({ SecretId, ...more }))).SecretString;
    const put = (
      SecretId: string,
      SecretString: string,
      more: { VersionStages?: string[]; ClientRequestToken?: string } = {},
    ) => at.client.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));
    const stages = async (SecretId: string): Promise<Record<string, string[]>> => {
      const { VersionIdsToStages = {} } = await at.client.send(new DescribeSecretCommand({ SecretId }));
      return Object.fromEntries(
        // moto shows versions without a stage as well, against the documentation.
        Object.entries(VersionIdsToStages)
          .filter(([, labels]) => labels.length > 0)
          .map(([id, labels]) => [id, labels.sort()]),
      );
    };

    describe('creating', () => {
      it('answers an ARN by which the secret is found, as by its name', async () => {
        const name = freshName('app/db');
        const made = await at.client.send(new CreateSecretCommand({ Name: name, SecretString: 'größe 😀' }));
        expect(made.ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:us-east-1:\\d{12}:secret:${name}-\\w{6}$`));
        const read = await at.client.send(new GetSecretValueCommand({ SecretId: made.ARN }));
        expect(read).toMatchObject({
          ARN: made.ARN,
          Name: name,
          VersionId: made.VersionId,
          SecretString: 'größe 😀',
          VersionStages: ['AWSCURRENT'],
          CreatedDate: expect.any(Date),
        });
      });

      it('keeps bytes', async () => {
        const name = freshName('bytes');
        const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
        await at.client.send(new CreateSecretCommand({ Name: name, SecretBinary: bytes }));
        const read = await at.client.send(new GetSecretValueCommand({ SecretId: name }));
        expect([read.SecretString, [...read.SecretBinary!]]).toEqual([undefined, [...bytes]]);
      });

      it('refuses a name that is taken', async () => {
        const name = await created();
        await expect(created('other', name)).rejects.toMatchObject({ name: 'ResourceExistsException' });
        expect(await valueOf(name)).toBe('first');
      });

      it('has no value before one is put', async () => {
        const name = freshName('empty');
        await at.client.send(new CreateSecretCommand({ Name: name, Description: 'to come' }));
        await expect(valueOf(name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
        await put(name, 'came');
        expect(await valueOf(name)).toBe('came');
      });
    });

    describe('versions', () => {
      it('make the new value current and the one before previous', async () => {
        const name = await created('one');
        const { VersionId: two } = await put(name, 'two');
        const { VersionId: three } = await put(name, 'three');
        expect([await valueOf(name), await valueOf(name, { VersionStage: 'AWSPREVIOUS' })]).toEqual(['three', 'two']);
        expect(await stages(name)).toEqual({ [three!]: ['AWSCURRENT'], [two!]: ['AWSPREVIOUS'] });
      });

      it('are found by their id, and by a stage that is theirs', async () => {
        const name = await created('one');
        const { VersionId } = await put(name, 'pending', { VersionStages: ['AWSPENDING'] });
        expect(await valueOf(name)).toBe('one');
        expect(await valueOf(name, { VersionId: VersionId! })).toBe('pending');
        expect(await valueOf(name, { VersionStage: 'AWSPENDING' })).toBe('pending');
        await expect(valueOf(name, { VersionStage: 'NOBODY' })).rejects.toMatchObject({
          name: 'ResourceNotFoundException',
        });
      });

      it('are made once for one token', async () => {
        const name = await created('one');
        const token = { ClientRequestToken: randomUUID() };
        await put(name, 'two', token);
        await put(name, 'two', token);
        expect(await valueOf(name, { VersionStage: 'AWSPREVIOUS' })).toBe('one');
        await expect(put(name, 'three', token)).rejects.toMatchObject({ name: 'ResourceExistsException' });
      });

      it('are made by an update that has a value, and not by one that has none', async () => {
        const name = await created('one');
        await at.client.send(new UpdateSecretCommand({ SecretId: name, Description: 'of the shop' }));
        expect(Object.keys(await stages(name))).toHaveLength(1);
        const { VersionId } = await at.client.send(new UpdateSecretCommand({ SecretId: name, SecretString: 'two' }));
        expect(VersionId).toBeDefined();
        expect(await valueOf(name)).toBe('two');
        const described = await at.client.send(new DescribeSecretCommand({ SecretId: name }));
        expect(described).toMatchObject({ Name: name, Description: 'of the shop' });
        const { Versions = [] } = await at.client.send(new ListSecretVersionIdsCommand({ SecretId: name }));
        expect(Versions.map(({ VersionStages }) => VersionStages).sort()).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
      });
    });

    describe('listing', () => {
      it('goes through all, page by page', async () => {
        const stem = freshName('list');
        const names = Array.from({ length: 5 }, (_, n) => `${stem}/${n}`);
        for (const name of names) await created('v', name);
        const found: string[] = [];
        let NextToken: string | undefined;
        do {
          const Filters = [{ Key: 'name' as const, Values: [stem] }];
          const page = await at.client.send(
            new ListSecretsCommand({ MaxResults: 2, NextToken, Filters, SortOrder: 'asc' }),
          );
          expect(page.SecretList!.length).toBeLessThanOrEqual(2);
          found.push(...page.SecretList!.map(({ Name }) => Name!));
          ({ NextToken } = page);
        } while (NextToken !== undefined);
        expect(found.sort()).toEqual(names);
      });

      it('shows tags, which can be given and taken', async () => {
        const name = await created();
        const Tags = [
          { Key: 'team', Value: 'data' },
          { Key: 'stage', Value: 'prod' },
        ];
        await at.client.send(new TagResourceCommand({ SecretId: name, Tags }));
        await at.client.send(new UntagResourceCommand({ SecretId: name, TagKeys: ['stage'] }));
        const { Tags: left } = await at.client.send(new DescribeSecretCommand({ SecretId: name }));
        expect(left).toEqual([{ Key: 'team', Value: 'data' }]);
      });
    });

    describe('deleting', () => {
      it('marks a secret, which can be restored until its time is over', async () => {
        const name = await created('kept');
        const { DeletionDate } = await at.client.send(
          new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }),
        );
        expect(DeletionDate!.getTime()).toBeGreaterThan(Date.now() + 6 * 86_400_000);
        await expect(valueOf(name)).rejects.toMatchObject({ name: 'InvalidRequestException' });
        await expect(created('no', name)).rejects.toMatchObject({ $fault: 'client' });
        await at.client.send(new RestoreSecretCommand({ SecretId: name }));
        expect(await valueOf(name)).toBe('kept');
      });

      it('takes a secret away at once where that is wanted', async () => {
        const name = await created();
        await at.client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
        await expect(valueOf(name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
        await created('again', name);
        expect(await valueOf(name)).toBe('again');
      });

      it.each([{ RecoveryWindowInDays: 3 }, { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }])(
        'refuses %j',
        async (how) => {
          const SecretId = await created();
          const deleting = at.client.send(new DeleteSecretCommand({ SecretId, ...how }));
          await expect(deleting).rejects.toMatchObject({ name: 'InvalidParameterException' });
        },
      );
    });

    it('does not know what is not there', async () => {
      const SecretId = freshName('nothing');
      const calls = [
        () => at.client.send(new GetSecretValueCommand({ SecretId })),
        () => at.client.send(new DescribeSecretCommand({ SecretId })),
        () => at.client.send(new PutSecretValueCommand({ SecretId, SecretString: 'x' })),
        () => at.client.send(new DeleteSecretCommand({ SecretId })),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    });
  });
}
