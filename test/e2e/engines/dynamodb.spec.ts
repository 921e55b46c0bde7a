import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEndpoint } from '../../../src/infrastructure/embedded/engines.js';
import { dynamodb, MARKS } from '../../support/engine-marks.js';
import { Homes } from '../../support/homes.js';

const homes = new Homes();

describe('the embedded DynamoDB', () => {
  let endpoint: EngineEndpoint;

  beforeAll(async () => {
    endpoint = await homes.client(await homes.fresh()).endpoint('dynamodb');
    await MARKS.dynamodb.leave(endpoint);
  });

  afterAll(() => homes.clear());

  it('answers who signs with its one identity', async () => {
    expect(await dynamodb(endpoint).send(new ListTablesCommand())).toMatchObject({ TableNames: ['mark'] });
  });

  it.each([
    ['another key', { accessKeyId: 'somebody' }, 'UnrecognizedClientException'],
    ['another secret', { secretAccessKey: 'a guess' }, 'InvalidSignatureException'],
    ['another region', { region: 'eu-west-1' }, 'InvalidSignatureException'],
  ])('refuses %s', async (_, wrong, name) => {
    const sent = dynamodb({ ...endpoint, ...wrong }).send(new ListTablesCommand());
    await expect(sent).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it.each([
    ['no signature', {}],
    ['a signature of nothing', { authorization: 'AWS4-HMAC-SHA256 Credential=penstock', 'x-amz-date': 'now' }],
  ])('refuses %s', async (_, extra) => {
    const headers = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
    const response = await fetch(endpoint.url, { method: 'POST', headers: { ...headers, ...extra }, body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('mark');
  });

  it('refuses a body that is not the signed one', async () => {
    const client = dynamodb(endpoint);
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request as object, { body: '[]' });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });

  it('refuses what is larger than AWS takes', async () => {
    const body = Buffer.alloc(17 * 1024 * 1024, ' ');
    const response = await fetch(endpoint.url, { method: 'POST', body });
    expect(response.status).toBe(413);
  });
});
