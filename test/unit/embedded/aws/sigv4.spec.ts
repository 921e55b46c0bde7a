import { createHash } from 'node:crypto';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeAll, describe, expect, it } from 'vitest';
import { JSON_DIALECT, UNSIGNED_PAYLOAD } from '../../../../src/infrastructure/embedded/aws/signature-dialect.js';
import {
  type SignedRequest,
  type SigV4Options,
  SigV4Verifier,
} from '../../../../src/infrastructure/embedded/aws/sigv4.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const IDENTITY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

describe('Signature Version 4', () => {
  let request: SignedRequest;
  beforeAll(async () => {
    request = await signedByKinesisClient();
  });

  const verifier = (options: Partial<SigV4Options> = {}) =>
    new SigV4Verifier({ ...IDENTITY, region: 'us-east-1', service: 'kinesis', ...options });
  const refusal = (changed: Partial<SignedRequest>, options: Partial<SigV4Options> = {}): unknown => {
    try {
      return verifier(options).verify({ ...request, ...changed });
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const withHeader = (name: string, value: string | undefined) => ({ headers: { ...request.headers, [name]: value } });
  const authorization = (change: (header: string) => string) =>
    withHeader('authorization', change(String(request.headers.authorization)));

  it('lets in what the SDK signed', async () => {
    expect(verifier().verify(request)).toMatchObject({ payloadHash: sha256(request.body!), presigned: false });
    const table = await captured((handler) => {
      const client = new DynamoDBClient({ region: 'us-east-1', credentials: IDENTITY, requestHandler: handler });
      return client.send(new GetItemCommand({ TableName: 't', Key: { id: { S: 'ü' } } }));
    });
    expect(verifier({ service: 'dynamodb' }).verify(table)).toMatchObject({ payloadHash: sha256(table.body!) });
  });

  it('refuses a request without a signature', () => {
    expect(refusal(withHeader('authorization', undefined))).toBe('MissingAuthenticationTokenException');
  });

  it('refuses a signature that lacks a part', () => {
    for (const part of ['Credential', 'SignedHeaders', 'Signature']) {
      expect(refusal(authorization((header) => header.replace(`${part}=`, 'Other=')))).toBe(
        'IncompleteSignatureException',
      );
    }
    expect(refusal(authorization((header) => header.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA')))).toBe(
      'IncompleteSignatureException',
    );
    expect(refusal(authorization((header) => header.replace('/aws4_request', '')))).toBe(
      'IncompleteSignatureException',
    );
    expect(refusal(withHeader('x-amz-date', undefined))).toBe('IncompleteSignatureException');
    expect(refusal(withHeader('x-amz-date', 'yesterday'))).toBe('IncompleteSignatureException');
  });

  it('does not know another access key, nor a session token', () => {
    expect(refusal({}, { accessKeyId: 'AKIDOTHER' })).toBe('UnrecognizedClientException');
    expect(refusal(withHeader('x-amz-security-token', 'token'))).toBe('UnrecognizedClientException');
  });

  it('refuses another secret, and anything that was changed after signing', () => {
    const invalid = 'InvalidSignatureException';
    expect(refusal({}, { secretAccessKey: 'other' })).toBe(invalid);
    expect(refusal({ body: Buffer.from('{}') })).toBe(invalid);
    expect(refusal({ method: 'PUT' })).toBe(invalid);
    expect(refusal({ url: '/other' })).toBe(invalid);
    expect(refusal({ url: '/?a=b' })).toBe(invalid);
    expect(refusal(withHeader('x-amz-target', 'Kinesis_20131202.DeleteStream'))).toBe(invalid);
    expect(refusal(withHeader('x-amz-content-sha256', sha256('other')))).toBe(invalid);
    expect(refusal(withHeader('x-amz-content-sha256', 'UNSIGNED-PAYLOAD'))).toBe(invalid);
    expect(refusal(authorization((header) => header.replace(/.$/, (last) => (last === '0' ? '1' : '0'))))).toBe(
      invalid,
    );
  });

  it('refuses headers that matter and are not signed', () => {
    expect(refusal(withHeader('x-amz-extra', 'x'))).toBe('InvalidSignatureException');
    expect(refusal(authorization((header) => header.replace('host;', '')))).toBe('InvalidSignatureException');
  });

  it('refuses a signature for another service, region or day', () => {
    expect(refusal({}, { region: 'eu-central-1' })).toBe('InvalidSignatureException');
    expect(refusal({}, { service: 'dynamodb' })).toBe('InvalidSignatureException');
    expect(refusal(authorization((header) => header.replace(/\/\d{8}\//, '/20200101/')))).toBe(
      'InvalidSignatureException',
    );
  });

  it('allows clocks to differ by five minutes', () => {
    const signedAt = Date.parse(String(request.headers['x-amz-date']).replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    const at = (offsetMs: number) => refusal({}, { now: () => signedAt + offsetMs });
    for (const offsetMs of [-300_000, 0, 300_000]) expect(at(offsetMs)).toMatchObject({ presigned: false });
    for (const offsetMs of [-300_001, 300_001]) expect(at(offsetMs)).toBe('InvalidSignatureException');
  });

  it.each(['/', '/a/b', '/a//b/../c/', '/arn%3Aaws%3Alambda/x', "/space%20'(!*)'/ü"])(
    'agrees with the signer on the path %s',
    async (path) => {
      const signed = await signedBySigner({ path, query: {} });
      expect(verifier().verify(signed)).toMatchObject({ presigned: false });
    },
  );

  it('agrees with the signer on paths of S3, and on leaving the body out', async () => {
    const signed = await signedBySigner({ path: '/bucket/a%20b/c%2Fd//e', query: {}, once: true });
    const headers = { ...signed.headers };
    const s3 = { dialect: { ...JSON_DIALECT, path: 'encoded-once', payloadKeywords: [UNSIGNED_PAYLOAD] } } as const;
    expect(verifier(s3).verify({ ...signed, headers })).toMatchObject({ presigned: false });
    expect(refusal({ ...signed, headers })).toBe('InvalidSignatureException');
    const open = await signedBySigner({ path: '/bucket/key', query: {}, once: true, payload: 'UNSIGNED-PAYLOAD' });
    const { body: _, ...streamed } = open;
    expect(verifier(s3).verify(streamed)).toMatchObject({ payloadHash: 'UNSIGNED-PAYLOAD' });
  });

  it('agrees with the signer on the order and the encoding of a query', async () => {
    const query = { b: '2', a: ['z', 'y'], 'ü/ ': "(*'!)", empty: '', A: '=&+' };
    expect(verifier().verify(await signedBySigner({ path: '/x', query }))).toMatchObject({ presigned: false });
  });
});

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** What a real client would have sent. */
async function captured(
  send: (handler: { handle(request: WireRequest): Promise<never> }) => Promise<unknown>,
): Promise<SignedRequest> {
  let wire: WireRequest | undefined;
  const handler = {
    handle: (request: WireRequest): Promise<never> => {
      wire = request;
      return Promise.reject(new Error('not sent'));
    },
  };
  await send(handler).catch(() => undefined);
  const { method, path, headers, body = '' } = wire!;
  // The SDK's bytes warn when they are taken for the text they once were.
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return { method, url: path, headers, body: bytes };
}

function signedByKinesisClient(region = 'us-east-1'): Promise<SignedRequest> {
  return captured((handler) => {
    const client = new KinesisClient({ region, credentials: IDENTITY, requestHandler: handler, maxAttempts: 1 });
    return client.send(new PutRecordCommand({ StreamName: 's', Data: Buffer.from('x'), PartitionKey: 'k' }));
  });
}

interface ToSign {
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly once?: boolean;
  readonly payload?: string;
}

async function signedBySigner({ path, query, once = false, payload }: ToSign): Promise<SignedRequest> {
  const signer = new SignatureV4({
    credentials: IDENTITY,
    region: 'us-east-1',
    service: 'kinesis',
    sha256: Sha256,
    uriEscapePath: !once,
  });
  const signed = await signer.sign({
    method: 'GET',
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query,
    headers: { host: 'localhost', 'x-amz-spaces': '  a   b ', ...(payload ? { 'x-amz-content-sha256': payload } : {}) },
    body: 'body',
  });
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const text = pairs.map((pair) => pair.map((part) => encodeURIComponent(part)).join('=')).join('&');
  return { method: 'GET', url: text ? `${path}?${text}` : path, headers: signed.headers, body: Buffer.from('body') };
}
