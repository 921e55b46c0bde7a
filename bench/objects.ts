/** Large objects through the service, against the SDK alone on the same store; and patches, against rewriting. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CreateBucketCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ObjectService } from '../test/support/object-service.js';
import { foreignClient } from '../test/support/s3-adapters.js';
import { Report } from './support/report.js';
import { type Contender, type Role, timed } from './support/rounds.js';

const MIB = 1024 ** 2;
const SIZE_MIB = 128;
const PATCH = Buffer.alloc(1024, 'p');
const PATCHED_SIZE_MIB = 64;
const PATCHES = 5;

const report = new Report('objects');
const piece = Buffer.allocUnsafe(MIB).fill('0123456789abcdef');
const service = await ObjectService.start();
const { stdout } = await service.cli('engines', '--json');
const { s3 } = JSON.parse(stdout) as { s3: Parameters<typeof foreignClient>[0] };
const client = foreignClient(s3);
const Bucket = 'sdk-alone';
await client.send(new CreateBucketCommand({ Bucket }));
report.peer('the SDK alone', '@aws-sdk/lib-storage and GetObject as streams, on the same embedded store');

const proxy = await startProxy();
report.peer('a bare proxy', 'GetObject of the SDK piped into node:http: what has to be done at least between the two');
const limit = 'the SDK alone, straight to the store';
const bare = 'a bare proxy, by HTTP';
const ours = 'the service, by HTTP';
const title = (what: string): string =>
  `${SIZE_MIB} MiB ${what}, items are MiB; CPU and memory of the process that moves them`;
await report.compare(
  title('up'),
  [own('limit', limit, uploadBySdk), served('ours', ours, uploadByHttp)],
  [{ name: 'upload, throughput of the SDK alone', of: ours, by: limit, what: 'throughput', target: 0.9 }],
);
await report.compare(
  title('down'),
  [
    own('limit', limit, downloadBySdk),
    served('limit', bare, (round) => fetchAll(`${proxy.url}/sdk-${round}`), proxy.pid),
    served('ours', ours, (round) => fetchAll(`${service.url}/s3/download?key=http-${round}`)),
  ],
  [
    { name: 'download, throughput of a bare proxy', of: ours, by: bare, what: 'throughput', target: 0.9 },
    { name: 'download, throughput of the SDK alone', of: ours, by: limit, what: 'throughput' },
  ],
);
await patches();
client.destroy();
proxy.child.disconnect();
await service.stop();
report.finish();

/** The work in this process, which is charged with it. */
function own(role: Role, name: string, work: (client: S3Client, round: number) => Promise<void>): Contender {
  return {
    role,
    name,
    run: (round) =>
      timed(async () => {
        await work(client, round);
        return SIZE_MIB;
      }),
  };
}

/** The work in another process, which is charged with it; this one only sends and takes. */
function served(role: Role, name: string, work: (round: number) => Promise<void>, pid = service.pid): Contender {
  return {
    role,
    name,
    run: (round) =>
      timed(async () => {
        await work(round);
        return SIZE_MIB;
      }, pid),
  };
}

async function startProxy(): Promise<{ readonly url: string; readonly pid: number; readonly child: ChildProcess }> {
  const script = join(import.meta.dirname, 'clients', 'object-proxy.js');
  const child = fork(script, [JSON.stringify({ s3, bucket: Bucket })]);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url, pid: child.pid ?? 0, child };
}

function* pieces(count: number): Generator<Buffer> {
  for (let n = 0; n < count; n += 1) yield piece;
}

function sink(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

async function uploadBySdk(to: S3Client, round: number): Promise<void> {
  const Body = Readable.from(pieces(SIZE_MIB), { objectMode: false });
  await new Upload({ client: to, params: { Bucket, Key: `sdk-${round}`, Body } }).done();
}

async function downloadBySdk(from: S3Client, round: number): Promise<void> {
  const { Body } = await from.send(new GetObjectCommand({ Bucket, Key: `sdk-${round}` }));
  await pipeline(Body as Readable, sink());
}

async function uploadByHttp(round: number): Promise<void> {
  await upload(`http-${round}`, SIZE_MIB);
}

/** By Node's own client: fetch would be a good part of what is measured. */
async function upload(key: string, mib: number): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': mib * MIB };
  const sending = request(`${service.url}/s3/upload?key=${key}`, { method: 'POST', headers });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(pieces(mib), { objectMode: false }), sending);
  const [response] = await answered;
  await pipeline(response, sink());
  if (response.statusCode !== 200) throw new Error(`Uploading was answered with ${response.statusCode}.`);
}

async function fetchAll(url: string): Promise<void> {
  const asking = request(url).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  await pipeline(response, sink());
}

async function patches(): Promise<void> {
  await upload('patched', PATCHED_SIZE_MIB);
  const [patched, rewritten] = ['patched in its middle', 'downloaded, changed and uploaded again'];
  const moved: number[] = [];
  const patch: Contender = {
    role: 'ours',
    name: patched,
    run: () =>
      timed(async () => {
        const before = await bytesMoved();
        for (let n = 0; n < PATCHES; n += 1) await patchOnce(n);
        moved.push((await bytesMoved()) - before);
        return PATCHES;
      }, service.pid),
  };
  const rewrite: Contender = {
    role: 'peer',
    name: rewritten,
    run: () =>
      timed(async () => {
        await rewriteOnce();
        return 1;
      }, service.pid),
  };
  const what = `1 KiB in the middle of an object of ${PATCHED_SIZE_MIB} MiB; CPU and memory of the service`;
  await report.compare(
    what,
    [patch, rewrite],
    [{ name: 'patch, rate of rewriting', of: patched, by: rewritten, what: 'throughput' }],
  );
  const perPatch = Math.max(...moved) / PATCHES / MIB;
  report.add({
    title: 'Bytes between service and store for one patch of 1 KiB',
    rows: [
      { way: patched, 'MiB moved': Number(perPatch.toFixed(3)), 'MiB of the object': PATCHED_SIZE_MIB },
      { way: rewritten, 'MiB moved': 2 * PATCHED_SIZE_MIB, 'MiB of the object': PATCHED_SIZE_MIB },
    ],
    ratios: [],
  });
}

async function patchOnce(n: number): Promise<void> {
  const offset = (PATCHED_SIZE_MIB / 2 + n) * MIB + 17;
  const response = await fetch(`${service.url}/s3/patch?key=patched&offset=${offset}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/octet-stream' },
    body: PATCH,
  });
  if (!response.ok) throw new Error(await response.text());
}

/** As one does it who has no patch. */
async function rewriteOnce(): Promise<void> {
  const response = await fetch(`${service.url}/s3/download?key=patched`);
  const bytes = Buffer.from(await response.arrayBuffer());
  PATCH.copy(bytes, (PATCHED_SIZE_MIB / 2) * MIB);
  const updated = await fetch(`${service.url}/s3/update?key=patched`, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (!updated.ok) throw new Error(await updated.text());
}

async function bytesMoved(): Promise<number> {
  const of = (way: string): Promise<number> => service.metric(`penstock_object_bytes_total\\{way="${way}"\\}`);
  return (await of('sent')) + (await of('received'));
}
