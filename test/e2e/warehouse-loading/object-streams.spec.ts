import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import { bytesOf, MIB } from '../../support/object-bytes.js';
import { ObjectService } from '../../support/object-service.js';
import { until } from '../../support/running-penstock.js';
import { foreignClient } from '../../support/s3-adapters.js';

// Processes start in these, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let service: ObjectService;
let client: S3Client;
beforeAll(async () => {
  service = await ObjectService.start();
  const { stdout } = await service.cli('engines', '--json');
  client = foreignClient((JSON.parse(stdout) as { s3: Parameters<typeof foreignClient>[0] }).s3);
});
afterAll(async () => {
  client?.destroy();
  await service?.stop();
});

const openUploads = async (): Promise<number> =>
  (await client.send(new ListMultipartUploadsCommand({ Bucket: 'penstock' }))).Uploads?.length ?? 0;

const FORM_HEAD = '--B\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';

/** A client that says what it likes, byte by byte. */
async function speak(head: readonly string[]): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`${[...head, `host: ${hostname}`].join('\r\n')}\r\n\r\n`);
  return socket;
}

async function answerTo(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (/\r\n\r\n.*\}$/su.test(text)) break;
  }
  return text;
}

/** As much as it takes for parts to be on their way to the store. */
async function sendUntilUploading(socket: Socket): Promise<void> {
  const before = await openUploads();
  socket.write(bytesOf(20 * MIB));
  await until(openUploads, (open) => open > before);
}

describe('a client that hangs up', () => {
  it.each([
    ['in the middle of a body', ['content-type: application/octet-stream', `content-length: ${100 * MIB}`], ''],
    [
      'in the middle of a form',
      ['content-type: multipart/form-data; boundary=B', `content-length: ${100 * MIB}`],
      FORM_HEAD,
    ],
  ])('%s stores nothing, and leaves no parts behind', async (name, headers, begin) => {
    const key = encodeURIComponent(name);
    const socket = await speak([`POST /s3/upload?key=${key} HTTP/1.1`, ...headers]);
    socket.write(begin);
    await sendUntilUploading(socket);
    socket.destroy();
    await until(openUploads, (open) => open === 0);
    expect(await service.exists(name)).toBe(false);
  });

  it('in the middle of a patch leaves the object as it was', async () => {
    const { body } = await service.upload('patched', bytesOf(13 * MIB));
    const octets = ['content-type: application/octet-stream', `content-length: ${100 * MIB}`];
    const socket = await speak(['PATCH /s3/patch?key=patched&offset=5 HTTP/1.1', ...octets]);
    await sendUntilUploading(socket);
    socket.destroy();
    await until(openUploads, (open) => open === 0);
    expect((await service.call('GET', '/s3/object-info?key=patched')).body).toMatchObject({ etag: body['etag'] });
  });

  it('in the middle of a download is let go of', async () => {
    await service.upload('left', bytesOf(30 * MIB));
    const { hostname } = new URL(service.url);
    for (let time = 0; time < 5; time += 1) {
      const socket = await speak(['GET /s3/download?key=left HTTP/1.1']);
      await once(socket, 'data');
      socket.destroy();
    }
    expect(hostname).toBe('127.0.0.1');
    await until(
      () => service.metric('http_requests_in_flight'),
      (requests) => requests <= 1,
    ); // this one
    expect((await service.download('left')).length).toBe(30 * MIB);
  });
});

describe('a body that is cut off', () => {
  it.each([
    ['before the file ends', `${FORM_HEAD}abc`],
    ['before the form ends', `${FORM_HEAD}abc\r\n--B\r\ncontent-disposition: form-data; name="a"\r\n\r\n`],
  ])('is refused although its length is right: %s', async (_, body) => {
    const type = [
      'content-type: multipart/form-data; boundary=B',
      `content-length: ${body.length}`,
      'connection: close',
    ];
    const socket = await speak(['POST /s3/upload?key=cut HTTP/1.1', ...type]);
    socket.write(body);
    expect(await answerTo(socket)).toMatch(/^HTTP\/1.1 400 .*"code":"request.malformed"/su);
    expect(await service.exists('cut')).toBe(false);
  });

  it('is refused when a second file follows, whatever was read before', async () => {
    const second = FORM_HEAD.replace('"file"', '"other"');
    const body = `${FORM_HEAD}${'a'.repeat(9 * MIB)}\r\n${second}b\r\n--B--\r\n`;
    const headers = { 'content-type': 'multipart/form-data; boundary=B' };
    const answer = await service.call('POST', '/s3/upload?key=two', { body, headers });
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(await service.exists('two')).toBe(false);
    expect(await openUploads()).toBe(0);
  });

  it('is refused when it is no form at all', async () => {
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=B']) {
      const answer = await service.call('POST', '/s3/upload?key=no-form', {
        body: 'x',
        headers: { 'content-type': type },
      });
      expect(answer).toMatchObject({ status: 400, body: { code: expect.stringMatching(/^request\./) } });
    }
    expect(await service.exists('no-form')).toBe(false);
  });
});

describe('a service that is killed', () => {
  it('has stored nothing of what it was taking, and what it had acknowledged', async () => {
    await service.upload('acknowledged', bytesOf(9 * MIB));
    const octets = ['content-type: application/octet-stream', `content-length: ${100 * MIB}`];
    const upload = await speak(['POST /s3/upload?key=unfinished HTTP/1.1', ...octets]);
    await sendUntilUploading(upload);
    const patch = await speak(['PATCH /s3/patch?key=acknowledged&offset=5 HTTP/1.1', ...octets]);
    patch.write(bytesOf(20 * MIB));
    await service.kill('SIGKILL');
    upload.destroy();
    patch.destroy();
    await service.serve();
    expect(await service.exists('unfinished')).toBe(false);
    expect((await service.download('acknowledged')).equals(bytesOf(9 * MIB))).toBe(true);
  });
});

/** 2048 for the large one, which takes a while. */
const LARGE_MB = Number(process.env['LARGE_OBJECT_MB'] ?? 256);
/** What the service may take for it, over what it took before; the object itself is larger, or this would say nothing. */
const MAX_GROWTH_MB = 160;

describe(`an object of ${LARGE_MB} MB`, { timeout: 1_800_000 }, () => {
  it('goes up, is patched in its middle and comes down with flat memory', async () => {
    await service.kill('SIGTERM');
    await service.serve();
    await service.upload('warm', 'up');
    const before = (await service.memory()).now;
    const piece = bytesOf(MIB);
    const count = LARGE_MB;
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let n = 0; n < count; n += 1) {
        piece.writeUInt32BE(n);
        yield Buffer.from(piece);
      }
    }
    const middle = Math.floor(count / 2) * MIB + 100;
    const patch = Buffer.alloc(1024, 'p');
    const upload = await service.call('POST', '/s3/upload?key=giant', {
      body: pieces() as unknown as ReadableStream,
      duplex: 'half',
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(upload).toMatchObject({ status: 200, body: { size: count * MIB } });
    const sent = await service.metric('penstock_object_bytes_total\\{way="sent"\\}');
    expect(await service.send('PATCH', `/s3/patch?key=giant&offset=${middle}`, patch)).toMatchObject({ status: 200 });
    const moved = (await service.metric('penstock_object_bytes_total\\{way="sent"\\}')) - sent;
    expect(moved).toBeLessThanOrEqual(5 * MIB);

    const expected = createHash('sha256');
    for await (const chunk of pieces()) {
      const at = piece.readUInt32BE() * MIB;
      if (at <= middle && middle < at + MIB) patch.copy(chunk, middle - at);
      expected.update(chunk);
    }
    const actual = createHash('sha256');
    const download = await fetch(`${service.url}/s3/download?key=giant`);
    for await (const chunk of download.body!) actual.update(chunk as Uint8Array);
    expect(actual.digest('hex')).toBe(expected.digest('hex'));
    const { peak } = await service.memory();
    if (process.env['LARGE_OBJECT_MB'])
      process.stderr.write(`${before} MiB before, ${peak} MiB at most, ${moved} sent\n`);
    expect(peak - before).toBeLessThan(MAX_GROWTH_MB);
  });
});
