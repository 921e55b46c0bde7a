import { describe, expect, it } from 'vitest';
import { ChunkedDecoder } from '../../../../src/infrastructure/embedded/aws/aws-chunked.js';
import { ChunkSignatures } from '../../../../src/infrastructure/embedded/aws/chunk-signatures.js';
import { S3_DIALECT } from '../../../../src/infrastructure/embedded/aws/signature-dialect.js';
import { type SignedRequest, SigV4Verifier } from '../../../../src/infrastructure/embedded/aws/sigv4.js';
import { crc32c } from '../../../../src/infrastructure/embedded/s3/crc32c.js';

const IDENTITY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const THEN = Date.parse('2013-05-24T00:00:00Z');
const CREDENTIAL = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const verifier = (now = THEN) =>
  new SigV4Verifier({ ...IDENTITY, region: 'us-east-1', service: 's3', dialect: S3_DIALECT, now: () => now });

function signed(names: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${CREDENTIAL},SignedHeaders=${names},Signature=${signature}`;
}

/** The examples of "Authenticating Requests (AWS Signature Version 4)", Amazon S3 API Reference. */
describe("The signatures of Amazon's documentation", () => {
  const common = { host: 'examplebucket.s3.amazonaws.com', 'x-amz-date': '20130524T000000Z' };
  const examples: Record<string, SignedRequest> = {
    'GET Object': {
      method: 'GET',
      url: '/test.txt',
      headers: {
        ...common,
        range: 'bytes=0-9',
        'x-amz-content-sha256': EMPTY,
        authorization: signed(
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
      },
    },
    'PUT Object': {
      method: 'PUT',
      url: '/test%24file.text',
      headers: {
        ...common,
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        authorization: signed(
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        ),
      },
      body: Buffer.from('Welcome to Amazon S3.'),
    },
    'GET Bucket Lifecycle': {
      method: 'GET',
      url: '/?lifecycle',
      headers: {
        ...common,
        'x-amz-content-sha256': EMPTY,
        authorization: signed(
          'host;x-amz-content-sha256;x-amz-date',
          'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
        ),
      },
    },
    'Get Bucket (List Objects)': {
      method: 'GET',
      url: '/?max-keys=2&prefix=J',
      headers: {
        ...common,
        'x-amz-content-sha256': EMPTY,
        authorization: signed(
          'host;x-amz-content-sha256;x-amz-date',
          '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
        ),
      },
    },
  };

  it.each(Object.keys(examples))('are taken: %s', (name) => {
    expect(verifier().verify(examples[name]!)).toMatchObject({ presigned: false });
  });

  const url =
    '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  const presigned = (from = '', to = ''): SignedRequest => ({
    method: 'GET',
    url: url.replace(from, to),
    headers: { host: common.host },
  });

  it('are taken in a query', () => {
    expect(verifier().verify(presigned())).toMatchObject({ presigned: true, payloadHash: 'UNSIGNED-PAYLOAD' });
    expect(verifier(THEN + 86_400_000).verify(presigned())).toMatchObject({ presigned: true });
  });

  it.each([
    ['it has expired', 'AccessDenied', presigned(), THEN + 86_400_001],
    ['it is of the future', 'RequestTimeTooSkewed', presigned(), THEN - 16 * 60_000],
    ['it would last for more than a week', 'AuthorizationQueryParametersError', presigned('=86400', '=604801'), THEN],
    ['its life is no number', 'AuthorizationQueryParametersError', presigned('=86400', '=-1'), THEN],
    ['its life was changed', 'SignatureDoesNotMatch', presigned('=86400', '=604800'), THEN],
    ['its path was changed', 'SignatureDoesNotMatch', presigned('/test.txt', '/other.txt'), THEN],
    ['a part is missing', 'AuthorizationQueryParametersError', presigned('&X-Amz-Date=20130524T000000Z'), THEN],
    ['it is for another region', 'AuthorizationHeaderMalformed', presigned('us-east-1', 'eu-west-1'), THEN],
    ['it does not cover the host', 'AccessDenied', presigned('SignedHeaders=host', 'SignedHeaders=date'), THEN],
  ])('are refused in a query when %s', (_, code, request, now) => {
    expect(() => verifier(now).verify(request)).toThrow(expect.objectContaining({ code }));
  });

  it('are refused in the form they had before', () => {
    const old = { ...presigned(), url: '/test.txt?AWSAccessKeyId=x&Expires=1&Signature=y' };
    expect(() => verifier().verify(old)).toThrow(expect.objectContaining({ code: 'InvalidRequest' }));
    const headers = { host: common.host, authorization: 'AWS x:y' };
    expect(() => verifier().verify({ ...presigned(), url: '/test.txt', headers })).toThrow(
      expect.objectContaining({ code: 'InvalidRequest' }),
    );
  });

  it('are refused where there are two of them', () => {
    const headers = { ...presigned().headers, authorization: signed('host', 'x') };
    expect(() => verifier().verify({ ...presigned(), headers })).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });
});

/** "Transferring Payload in Multiple Chunks", and the same with trailing headers. */
describe("The chunks of Amazon's documentation", () => {
  const content = Buffer.alloc(65 * 1024, 'a');
  const headers = {
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
  };
  const plain: SignedRequest = {
    method: 'PUT',
    url: '/examplebucket/chunkObject.txt',
    headers: {
      ...headers,
      'content-length': '66824',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      authorization: signed(
        'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      ),
    },
  };
  const trailing: SignedRequest = {
    method: 'PUT',
    url: '/examplebucket/chunkObject.txt',
    headers: {
      ...headers,
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
      authorization: signed(
        'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
        '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
      ),
    },
  };
  const body = (signatures: readonly string[], trailer = ''): Buffer => {
    const [first, second, last] = signatures;
    return Buffer.concat([
      Buffer.from(`10000;chunk-signature=${first}\r\n`),
      content.subarray(0, 65_536),
      Buffer.from(`\r\n400;chunk-signature=${second}\r\n`),
      content.subarray(65_536),
      Buffer.from(`\r\n0;chunk-signature=${last}\r\n${trailer}\r\n`),
    ]);
  };
  const plainBody = body([
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ]);
  const trailingBody = body(
    [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ],
    'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
  );

  function decode(request: SignedRequest, bytes: Buffer, pieceBytes: number): { content: Buffer; trailers: object } {
    const signatures = new ChunkSignatures(verifier().verify(request).seed);
    const decoder = new ChunkedDecoder({ signatures, trailer: request === trailing });
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      pieces.push(...decoder.decode(bytes.subarray(at, at + pieceBytes)));
    }
    decoder.finish();
    return { content: Buffer.concat(pieces), trailers: Object.fromEntries(decoder.trailers) };
  }

  it.each([1, 7, 1000, 65_536, 1_000_000])('are taken, %i bytes at a time', (pieceBytes) => {
    expect(decode(plain, plainBody, pieceBytes).content.equals(content)).toBe(true);
    const { content: found, trailers } = decode(trailing, trailingBody, pieceBytes);
    expect(found.equals(content)).toBe(true);
    expect(trailers).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' });
  });

  it('have the checksum that follows them', () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32c(content));
    expect(bytes.toString('base64')).toBe('sOO8/Q==');
  });

  it('are refused with any bit of content, signature or trailer changed', () => {
    const places = [30, 100, 40_000, 65_536 + 140, 66_700, trailingBody.length - 150, trailingBody.length - 20];
    for (const at of places) {
      const changed = Buffer.from(trailingBody);
      changed[at]! ^= 1;
      expect(() => decode(trailing, changed, 10_000), String(at)).toThrow();
    }
  });

  it('are refused when they end early, or go on', () => {
    for (const end of [10, 40_000, trailingBody.length - 2]) {
      expect(() => decode(trailing, trailingBody.subarray(0, end), 10_000), String(end)).toThrow(
        expect.objectContaining({ code: 'IncompleteBody' }),
      );
    }
    expect(() => decode(plain, Buffer.concat([plainBody, Buffer.from('more\r\n')]), 10_000)).toThrow();
  });
});
