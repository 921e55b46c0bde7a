import { HttpException } from '@nestjs/common';
import { type ErrorCode, PenstockError } from '../../domain/errors.js';

type Translation = readonly [ErrorCode, string];

/** What Fastify refuses before a handler runs, by its error code. */
const OF_FASTIFY: Readonly<Record<string, Translation>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['request.malformed', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['request.malformed', 'The body is empty; JSON was expected.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['request.malformed', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'request.unsupported-media',
    'The body must be JSON, sent as "content-type: application/json".',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['request.too-large', 'The body is larger than the service accepts.'],
  FST_ERR_BAD_URL: ['request.malformed', 'The URL cannot be decoded.'],
  FST_ERR_MAX_PARAM_LENGTH: ['request.too-large', 'A part of the path is too long.'],
};

const OF_STATUS: Readonly<Record<number, Translation>> = {
  401: ['key.missing', 'An API key is needed.'],
  403: ['scope.missing', 'The caller may not do this.'],
  404: ['route.unknown', 'There is no such route.'],
  405: ['route.unknown', 'There is no such route.'],
  413: ['request.too-large', 'The body is larger than the service accepts.'],
  414: ['request.too-large', 'The URL is too long.'],
  415: ['request.unsupported-media', 'The body must be JSON, sent as "content-type: application/json".'],
  429: ['request.rate-limited', 'Too many requests.'],
  503: ['service.stopping', 'The service is stopping.'],
};

/** Whatever was thrown, as an error of the catalogue. Words of frameworks are not passed on: they quote input. */
export function translateError(error: unknown): PenstockError {
  if (error instanceof PenstockError) return error;
  const [code, message] = translationOf(error) ?? ['internal.defect', 'An error that is not in the catalogue escaped.'];
  return new PenstockError(code, message, { cause: error });
}

function translationOf(error: unknown): Translation | undefined {
  const source = error instanceof HttpException ? (error.cause ?? error) : error;
  const known = OF_FASTIFY[text(source, 'code')];
  if (known) return known;
  const status = statusIn(error);
  if (OF_STATUS[status]) return OF_STATUS[status];
  return status >= 400 && status < 500 ? ['request.malformed', 'The request cannot be read.'] : undefined;
}

function statusIn(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  // Fastify marks what the client did wrong with a statusCode, on errors of other libraries too.
  return typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 0;
}

function text(source: unknown, property: 'code'): string {
  return typeof source === 'object' && source !== null && property in source ? String(source[property]) : '';
}
