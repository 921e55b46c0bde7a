import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { ZipFile } from 'yazl';
import { hourText, parseHour } from '../../src/domain/warehouse-loading/amplitude/export-hour.js';

export interface AskedWindow {
  readonly first: number;
  readonly last: number;
}

/** What happens instead of a right answer. */
export type Mishap =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | { readonly damage: (zip: Buffer) => Buffer }
  /** The connection ends in the middle of the answer. */
  | { readonly cutAt: number }
  /** Nothing more comes after so many bytes. */
  | { readonly hangAt: number };

export interface Asked extends AskedWindow {
  readonly text: string;
  readonly status: number;
}

export const PROJECT = 187520;
export const KEYS = { clientId: 'web-key', secretKey: 'web-secret' };

/** The Export API of Amplitude as its documentation describes it: Basic auth, a zip of gzipped NDJSON, its status codes. */
export class AmplitudeServer {
  /** What was asked for, in order. */
  readonly asked: Asked[] = [];
  /** Requests that are being answered, and the most there ever were. */
  active = 0;
  mostActive = 0;
  /** Looked at before each answer, for what happens instead. */
  mishap: (window: AskedWindow, tries: number) => Mishap | undefined = () => undefined;
  /** Waited for before each answer. */
  before: (window: AskedWindow) => Promise<void> = async () => {};
  /** Whether archives deflate the compressed files once more, or store them as they are. */
  deflates = false;
  /** Folder and name of an entry. */
  entryName = (hour: number, part: number): string => {
    const text = hourText(hour);
    const day = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
    return `${PROJECT}/${PROJECT}_${day}_${Number(text.slice(9))}#${part}.json.gz`;
  };
  private readonly hours = new Map<number, Buffer[]>();
  private readonly tries = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<AmplitudeServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const vendor = new AmplitudeServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      vendor.active += 1;
      vendor.mostActive = Math.max(vendor.mostActive, vendor.active);
      response.once('close', () => (vendor.active -= 1));
      void vendor.answer(request, response);
    });
    return vendor;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The settings of a service that asks this server. */
  get environment(): Record<string, string> {
    return {
      AMPLITUDE_BASE_URL: this.url,
      AMPLITUDE_WEB_CLIENT_ID: KEYS.clientId,
      AMPLITUDE_WEB_SECRET_KEY: KEYS.secretKey,
      AMPLITUDE_RETRY_MIN_MS: '1',
      AMPLITUDE_RETRY_MAX_MS: '1500',
    };
  }

  /** Events of an hour, each part a file of its own; lines may be anything. */
  put(hour: string, ...parts: (readonly (object | string)[] | Buffer)[]): this {
    const files = parts.map((part) => (Buffer.isBuffer(part) ? part : gzipSync(ndjson(part))));
    this.hours.set(parseHour(hour, 0)!, files);
    return this;
  }

  get askedTexts(): string[] {
    return this.asked.map(({ text, status }) => `${text} ${status}`);
  }

  // oxlint-disable-next-line complexity -- the contract, line by line
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const [start, end] = [url.searchParams.get('start') ?? '', url.searchParams.get('end') ?? ''];
    const window = { first: parseHour(start, -1) ?? -1, last: parseHour(end, -1) ?? -1 };
    const text = start === end ? start : `${start}-${end}`;
    await this.before(window);
    const send = (status: number, body: string | Buffer, headers: Record<string, string> = {}): void => {
      this.asked.push({ ...window, text, status });
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
    };
    if (url.pathname !== '/api/2/export') return send(404, 'Not found');
    const credentials = Buffer.from(`${KEYS.clientId}:${KEYS.secretKey}`).toString('base64');
    if (request.headers.authorization !== `Basic ${credentials}`) return send(403, 'Forbidden');
    if (!(window.first >= 0 && window.last >= window.first)) return send(400, 'Bad request');
    const mishap = this.mishap(window, this.countTry(text));
    if (mishap !== undefined && 'status' in mishap) return send(mishap.status, mishap.body ?? 'error', mishap.headers);
    const zip = await this.zipOf(window);
    if (zip === undefined) return send(404, 'Raw data files were not found.');
    if (mishap === undefined) return send(200, zip, { 'content-type': 'application/zip' });
    if ('damage' in mishap) return send(200, mishap.damage(zip));
    this.asked.push({ ...window, text, status: 200 });
    response.writeHead(200, { 'content-length': zip.length });
    response.write(zip.subarray(0, 'cutAt' in mishap ? mishap.cutAt : mishap.hangAt), () => {
      if ('cutAt' in mishap) response.destroy();
    });
  }

  private countTry(text: string): number {
    const tries = (this.tries.get(text) ?? 0) + 1;
    this.tries.set(text, tries);
    return tries;
  }

  private async zipOf({ first, last }: AskedWindow): Promise<Buffer | undefined> {
    const zip = new ZipFile();
    let entries = 0;
    for (let hour = first; hour <= last; hour += 1) {
      for (const [part, file] of (this.hours.get(hour) ?? []).entries()) {
        zip.addBuffer(file, this.entryName(hour, part), { compress: this.deflates, mtime: new Date(0) });
        entries += 1;
      }
    }
    zip.end();
    return entries === 0 ? undefined : buffer(zip.outputStream);
  }
}

export function ndjson(lines: readonly (object | string)[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

/** An event as Amplitude exports them. */
export function event(n: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const id = `${n.toString(16).padStart(8, '0')}-aaaa-4bbb-8ccc-1234567890ab`;
  return {
    $insert_id: `insert-${n}`,
    amplitude_id: 1000 + n,
    device_id: `device-${n % 7}`,
    event_id: n,
    event_properties: { page: `/catalogue/${n}`, uuid: 'not this one', nested: { $insert_id: 'nor this' } },
    event_time: '2024-02-01 05:06:07.123000',
    event_type: 'page view "quoted" \\ back',
    server_upload_time: '2024-02-01 05:06:08.000000',
    user_id: String(n % 11),
    user_properties: { ehr_id: n % 11, gender: 'f', cohort_day: 3, registered_via_app: true, source: 'ad' },
    uuid: id,
    ...more,
  };
}
