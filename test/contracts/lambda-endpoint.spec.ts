import { appendFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMBEDDED_AWS } from '../../src/infrastructure/embedded/engines.js';
import { LambdaEndpoint } from '../../src/infrastructure/embedded/lambda/lambda-endpoint.js';
import { configureFunctions } from '../../src/infrastructure/lambda/configure-functions.js';
import { functionsFolder } from '../support/functions.js';
import { until } from '../support/until.js';

const HOST = '127.0.0.1';
const { region, ...credentials } = EMBEDDED_AWS;

let folder: string;
let data: string;
let endpoint: LambdaEndpoint;
let url: string;
let client: LambdaClient;

function connect(keys: { accessKeyId: string; secretAccessKey: string } = credentials): LambdaClient {
  return new LambdaClient({ endpoint: url, region, credentials: keys, maxAttempts: 1 });
}

async function open(): Promise<void> {
  const limits = { initMs: 20_000, concurrency: 3, retryMs: [10, 10] };
  endpoint = await LambdaEndpoint.open(data, { ...EMBEDDED_AWS, limits });
  url = `http://${HOST}:${await endpoint.listen(HOST, 0)}`;
  client = connect();
}

async function invoke(FunctionName: string, event: unknown = {}, more: Partial<InvokeCommandInput> = {}) {
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));
  const text = answer.Payload?.transformToString() ?? '';
  return { ...answer, value: (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> };
}

const refusal = (name: string) => expect.objectContaining({ name }) as unknown;

beforeAll(async () => {
  folder = await functionsFolder();
  data = await mkdtemp(join(tmpdir(), 'penstock-lambda-'));
  await open();
  await configureFunctions(client, { directory: folder, environment: { COLOUR: 'blue' }, timeoutSeconds: 20 });
});

afterAll(async () => {
  await endpoint.close();
  for (const path of [folder, data]) await rm(path, { recursive: true, force: true });
});

describe('the Lambda endpoint', () => {
  it('hands the event and a context over, and answers what the handler returns', async () => {
    const { value, StatusCode, ExecutedVersion } = await invoke('echo', { deep: [1, { text: 'é' }] });
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
    expect(value).toMatchObject({ event: { deep: [1, { text: 'é' }] }, name: 'echo', arn, left: true });
    expect([StatusCode, ExecutedVersion]).toEqual([200, '$LATEST']);
  });

  it.each(['arn:aws:lambda:us-east-1:000000000000:function:echo', '000000000000:function:echo', 'echo:$LATEST'])(
    'knows a function as %s',
    async (name) => {
      expect((await invoke(name)).value['name']).toBe('echo');
    },
  );

  it('hands the client context over', async () => {
    const ClientContext = Buffer.from('{"custom":{"a":"1"}}').toString('base64');
    expect((await invoke('echo', {}, { ClientContext })).value['client']).toEqual({ custom: { a: '1' } });
  });

  it('uses an instance again for the next event', async () => {
    const [first, second] = [await invoke('count'), await invoke('count')];
    expect(second.value['pid']).toBe(first.value['pid']);
    expect(Number(second.value['calls'])).toBe(Number(first.value['calls']) + 1);
  });

  it('takes a new instance when the module has changed', async () => {
    const before = await invoke('count');
    await appendFile(join(folder, 'count.mjs'), '\n// changed');
    await utimes(join(folder, 'count.mjs'), new Date(), new Date(Date.now() + 5000));
    expect((await invoke('count')).value['pid']).not.toBe(before.value['pid']);
  });

  it('shows functions their own environment, and nothing of the process that runs them', async () => {
    const { value } = await invoke('surroundings');
    expect(value).toMatchObject({ COLOUR: 'blue', AWS_LAMBDA_FUNCTION_NAME: 'surroundings', AWS_REGION: 'us-east-1' });
    expect(Object.keys(value).filter((name) => /VITEST|NODE_ENV|npm_|PENSTOCK/u.test(name))).toEqual([]);
  });

  it('answers the end of the log where it is asked for', async () => {
    const { LogResult = '' } = await invoke('talk', { word: 'hello' }, { LogType: 'Tail' });
    const log = Buffer.from(LogResult, 'base64').toString();
    expect(log).toMatch(/START RequestId: [\w-]+ Version: \$LATEST\n/u);
    expect(log).toContain('said hello\n');
    expect((await invoke('talk', { word: 'hello' })).LogResult).toBeUndefined();
  });

  it('answers null for a handler that returns nothing of use', async () => {
    expect((await invoke('talk')).value).toBeNull();
  });

  it.each([
    ['throw', 'TypeError', 'it does not fit'],
    ['leave', 'Runtime.ExitError', 'exit status 3'],
    ['unreadable', 'SyntaxError', ''],
    ['nothing', 'Runtime.HandlerNotFound', 'handler is undefined'],
  ])('says with status 200 that %s failed by %s', async (name, errorType, message) => {
    const { StatusCode, FunctionError, value } = await invoke(name);
    expect([StatusCode, FunctionError, value['errorType']]).toEqual([200, 'Unhandled', errorType]);
    expect(value['errorMessage']).toContain(message);
  });

  it.each(['hang', 'spin'])('ends %s when its time is over', async (name) => {
    await configureFunctions(client, { directory: folder, environment: {}, timeoutSeconds: 1 });
    const { FunctionError, value } = await invoke(name);
    await configureFunctions(client, { directory: folder, environment: { COLOUR: 'blue' }, timeoutSeconds: 20 });
    expect(FunctionError).toBe('Unhandled');
    expect(value['errorMessage']).toMatch(/Task timed out after 1\.00 seconds$/u);
  });

  it('does no more at once than it may, and says so', async () => {
    const asked = Array.from({ length: 9 }, () => invoke('slow', { ms: 3000 }));
    const ends = (await Promise.allSettled(asked)).map((end) =>
      end.status === 'fulfilled' ? 'done' : (end.reason as Error).name,
    );
    expect(ends.filter((end) => end === 'done').length).toBeGreaterThanOrEqual(3);
    expect(ends).toContain('TooManyRequestsException');
  });

  it('takes an event and answers at once, and tries it again when it fails', async () => {
    const marks = join(folder, 'marks.txt');
    await writeFile(
      join(folder, 'mark.mjs'),
      `import { appendFileSync } from 'node:fs';
       export const handler = async () => { appendFileSync(${JSON.stringify(marks)}, 'x'); throw new Error('again'); };`,
    );
    await writeFile(marks, '');
    expect((await invoke('mark', {}, { InvocationType: 'Event' })).StatusCode).toBe(202);
    await until(
      () => readFile(marks, 'utf8'),
      (written) => written.length === 3,
    );
  });

  it('looks at a request without running anything', async () => {
    expect((await invoke('hang', {}, { InvocationType: 'DryRun' })).StatusCode).toBe(204);
  });

  it('lists its functions, and describes one', async () => {
    const { Functions = [] } = await client.send(new ListFunctionsCommand());
    const names = Functions.map(({ FunctionName }) => FunctionName);
    expect(names).toEqual(expect.arrayContaining(['count', 'echo', 'throw']));
    expect(names).not.toContain('none');
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'echo' }));
    expect(Configuration).toMatchObject({ FunctionName: 'echo', Timeout: 20, State: 'Active' });
  });

  it.each([
    ['an unknown function', () => invoke('absent'), 'ResourceNotFoundException'],
    ['a path', () => invoke('..%2Fecho'), 'InvalidParameterValueException'],
    ['an unknown version', () => invoke('echo:7'), 'ResourceNotFoundException'],
    ['a body that is no JSON', () => invoke('echo', {}, { Payload: '{' }), 'InvalidRequestContentException'],
    ['too large a request', () => invoke('echo', 'x'.repeat(6 * 1024 ** 2)), 'RequestTooLargeException'],
    [
      'too large an event',
      () => invoke('echo', 'x'.repeat(1024 ** 2), { InvocationType: 'Event' }),
      'RequestTooLargeException',
    ],
  ])('refuses %s', async (_, ask, name) => {
    await expect(ask()).rejects.toEqual(refusal(name));
  });

  it('answers as much as Lambda does, and no more', async () => {
    const limit = 6 * 1024 ** 2;
    expect((await invoke('large', { bytes: limit })).FunctionError).toBeUndefined();
    const { value } = await invoke('large', { bytes: limit + 1 });
    expect(value['errorType']).toBe('Function.ResponseSizeTooLarge');
  });

  it.each([
    ['another key', { ...credentials, accessKeyId: 'somebody' }, 'UnrecognizedClientException'],
    ['another secret', { ...credentials, secretAccessKey: 'guessed' }, 'InvalidSignatureException'],
  ])('lets nobody in with %s', async (_, keys, name) => {
    await expect(connect(keys).send(new ListFunctionsCommand())).rejects.toEqual(refusal(name));
    const configuration = { directory: '/', environment: {} };
    await expect(configureFunctions(connect(keys), configuration)).rejects.toEqual(refusal(name));
  });

  it('refuses a folder it would have to guess at', async () => {
    const configuration = { directory: 'workflows', environment: {} };
    await expect(configureFunctions(client, configuration)).rejects.toEqual(refusal('InvalidParameterValueException'));
  });

  it('knows its functions again after it was closed, and ends what they were doing', async () => {
    const cut = invoke('hang').then(
      ({ FunctionError }) => FunctionError,
      () => 'refused',
    );
    await endpoint.close();
    expect(['Unhandled', 'refused']).toContain(await cut);
    await open();
    expect((await invoke('surroundings')).value['COLOUR']).toBe('blue');
  });
});
