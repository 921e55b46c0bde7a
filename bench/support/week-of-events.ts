import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ZipFile } from 'yazl';

export const WEEK = { start: '20240129', end: '20240204' };
const HOURS = 168;
const HOURS_PER_DAY = 24;
const FIRST_MS = Date.UTC(2024, 0, 29);
const HOUR_MS = 3_600_000;

export interface WeekOfEvents {
  /** Of NDJSON, all hours together. */
  readonly megabytes: number;
  readonly events: number;
}

/**
 * The hourly files of a week as Amplitude has them: `hours/NNN.json.gz` for a reader of files, `days/N.zip` as it answers
 * seven requests, and `days-again/N.zip` where each hour repeats one event of the hour before.
 */
export async function writeWeek(folder: string, hourBytes: number): Promise<WeekOfEvents> {
  for (const name of ['hours', 'days', 'days-again']) await mkdir(join(folder, name), { recursive: true });
  let [bytes, events] = [0, 0];
  for (let day = 0; day < HOURS / HOURS_PER_DAY; day += 1) {
    const [zip, again] = [new ZipFile(), new ZipFile()];
    for (let hour = 0; hour < HOURS_PER_DAY; hour += 1) {
      const lines = hourOf(events, hourBytes, FIRST_MS + (day * HOURS_PER_DAY + hour) * HOUR_MS);
      const text = Buffer.from(lines.join(''));
      const repeated = Buffer.concat([text, Buffer.from(line(Math.max(0, events - 1), FIRST_MS))]);
      const name = `187520/187520_${new Date(FIRST_MS + day * HOURS_PER_DAY * HOUR_MS).toISOString().slice(0, 10)}_${hour}#0.json.gz`;
      const file = await promisify(gzip)(text);
      await writeFile(join(folder, 'hours', `${String(day * HOURS_PER_DAY + hour).padStart(3, '0')}.json.gz`), file);
      zip.addBuffer(file, name, { compress: false });
      again.addBuffer(await promisify(gzip)(repeated), name, { compress: false });
      bytes += text.length;
      events += lines.length;
    }
    for (const each of [zip, again]) each.end();
    await writeFile(join(folder, 'days', `${day}.zip`), await buffer(zip.outputStream));
    await writeFile(join(folder, 'days-again', `${day}.zip`), await buffer(again.outputStream));
  }
  return { megabytes: bytes / 1e6, events };
}

function hourOf(first: number, hourBytes: number, atMs: number): string[] {
  const lines: string[] = [];
  for (let bytes = 0; bytes < hourBytes;) {
    const text = line(first + lines.length, atMs);
    lines.push(text);
    bytes += text.length;
  }
  return lines;
}

const TYPES = ['page view', 'purchase', 'add to cart', 'sign in', 'search'];
const CITIES = ['Lyon', 'Oslo', 'Bari', 'Porto', 'Graz', 'Brno'];

/** About a kilobyte, with the fields an exported event has. */
function line(n: number, atMs: number): string {
  const digest = createHash('md5').update(String(n)).digest('hex');
  const user = Number.parseInt(digest.slice(0, 5), 16) % 40_000;
  const time = new Date(atMs + (n % 3_600_000)).toISOString().replace('T', ' ').replace('Z', '000');
  const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-11ee-${digest.slice(16, 20)}-${digest.slice(20)}`;
  return `${JSON.stringify({
    $insert_id: `${digest.slice(8, 16)}-${n}`,
    $insert_key: null,
    $schema: null,
    adid: null,
    amplitude_attribution_ids: null,
    amplitude_event_type: null,
    amplitude_id: 500_000_000 + user,
    app: 187_520,
    city: CITIES[user % CITIES.length],
    client_event_time: time,
    client_upload_time: time,
    country: 'France',
    data: { group_first_event: {}, group_ids: {} },
    data_type: 'event',
    device_brand: null,
    device_carrier: null,
    device_family: user % 3 === 0 ? 'Apple iPhone' : 'Windows',
    device_id: createHash('md5').update(`device-${user}`).digest('hex'),
    device_manufacturer: null,
    device_model: user % 3 === 0 ? 'iPhone 14' : 'Windows',
    device_type: null,
    dma: null,
    event_id: n,
    event_properties: {
      '[Amplitude] Page URL': `https://www.example.com/catalogue/${digest.slice(0, 6)}?campaign=${n % 50}`,
      '[Amplitude] Session Replay ID': `${user}/${digest.slice(0, 10)}`,
      price: (n % 100_000) / 100,
      position: n % 40,
    },
    event_time: time,
    event_type: TYPES[n % TYPES.length],
    group_properties: {},
    groups: {},
    ip_address: `198.51.${user % 100}.${user % 250}`,
    is_attribution_event: false,
    language: 'French',
    library: 'amplitude-ts/2.9.3',
    location_lat: null,
    location_lng: null,
    os_name: 'Chrome',
    os_version: '121',
    platform: 'Web',
    processed_time: time,
    region: 'Auvergne-Rhone-Alpes',
    server_received_time: time,
    server_upload_time: time,
    session_id: atMs + user,
    start_version: null,
    user_id: String(user),
    user_properties: { ehr_id: user, gender: 'f', cohort_day: user % 31, cohort_week: user % 53, source: 'ad' },
    uuid,
    version_name: null,
  })}\n`;
}
