import type { IncomingMessage } from 'node:http';
import { PenstockError } from '../../domain/errors.js';
import type {
  AppmetricaApplication,
  AppmetricaLogs,
  PartAnswer,
  PartRequest,
} from '../../domain/ports/appmetrica-logs.port.js';
import { bodyOf, textOf } from './answer-body.js';
import { exportPath } from './export-path.js';
import type { VendorHttp } from './vendor-http.js';

/** The vendor has no other sign for it than its words: "Try to use more parts." */
const TOO_LARGE = /\bmore parts\b/i;
/** "Wait for result. Progress is 94%." */
const PROGRESS = /\b(\d{1,3})\s*%/;
const MAX_WORDS = 300;
const MAX_APPLICATION_BYTES = 1_000_000;

/** The Logs API over HTTP, as documented in "Request flow" and "Quotas". */
export class HttpAppmetricaLogs implements AppmetricaLogs {
  constructor(private readonly http: VendorHttp) {}

  async fetchPart(part: PartRequest, signal: AbortSignal): Promise<PartAnswer> {
    // Without the first header nothing is compressed; with the second the file is made anew, each time it is sent.
    const headers = { 'accept-encoding': 'gzip', ...(part.anew && { 'cache-control': 'no-cache' }) };
    const answer = await this.http.get(exportPath(part), headers, signal);
    switch (answer.statusCode ?? 0) {
      case 200:
        return { kind: 'ready', body: bodyOf(answer) };
      case 202:
        return preparing(await this.wordsOf(answer));
      case 420:
      case 429:
        return busy(answer);
      case 400:
        return tooLarge(await this.wordsOf(answer));
      default:
        throw failureOf(answer, await this.wordsOf(answer));
    }
  }

  async application(id: number, signal: AbortSignal): Promise<AppmetricaApplication> {
    const answer = await this.http.get(`/management/v1/application/${id}`, {}, signal);
    if (answer.statusCode === 420 || answer.statusCode === 429) {
      const { retryAfterMs } = busy(answer);
      throw new PenstockError('vendor.throttled', "AppMetrica's quota is used up.", {
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    }
    if (answer.statusCode !== 200) throw failureOf(answer, await this.wordsOf(answer));
    return applicationOf(id, await this.wordsOf(answer, MAX_APPLICATION_BYTES));
  }

  private async wordsOf(answer: IncomingMessage, maxBytes?: number): Promise<string> {
    return this.http.withoutKey(await textOf(answer, maxBytes));
  }
}

function preparing(text: string): PartAnswer {
  const percent = PROGRESS.exec(text)?.[1];
  return { kind: 'preparing', ...(percent !== undefined && { percent: Math.min(100, Number(percent)) }) };
}

function busy(answer: IncomingMessage): { kind: 'busy'; retryAfterMs?: number } {
  answer.resume();
  const after = answer.headers['retry-after'] ?? '';
  const ms = /^\d{1,9}$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return { kind: 'busy', ...(Number.isFinite(ms) && { retryAfterMs: Math.max(0, ms) }) };
}

function tooLarge(words: string): PartAnswer {
  if (TOO_LARGE.test(words)) return { kind: 'too-large' };
  throw rejected(words);
}

function failureOf({ statusCode: status = 0 }: IncomingMessage, words: string): PenstockError {
  if (status === 401)
    return new PenstockError('vendor.refused', 'AppMetrica does not accept the API key of the service.');
  if (status === 403)
    return new PenstockError(
      'vendor.refused',
      'AppMetrica does not let the API key of the service see this application.',
    );
  if (status === 404 || status === 422) return rejected(words);
  if (status >= 500 || status === 408)
    return new PenstockError('vendor.unreachable', `AppMetrica answered with status ${status}.`);
  return new PenstockError('vendor.broken', `AppMetrica answered with status ${status}, which it does not document.`);
}

function rejected(words: string): PenstockError {
  return new PenstockError(
    'vendor.rejected',
    `AppMetrica refuses the request: ${words.slice(0, MAX_WORDS) || 'it does not say why'}`,
  );
}

function applicationOf(id: number, text: string): AppmetricaApplication {
  try {
    const { application } = JSON.parse(text) as { application: { name?: unknown; time_zone_name?: unknown } };
    const { name, time_zone_name: timeZone } = application;
    return {
      id,
      name: typeof name === 'string' ? name : String(id),
      ...(typeof timeZone === 'string' && { timeZone }),
    };
  } catch (cause) {
    throw new PenstockError('vendor.broken', 'AppMetrica did not describe the application as documented.', { cause });
  }
}
