import multipart, { type Multipart, type MultipartFile } from '@fastify/multipart';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';
import { MEDIA_TYPE } from '../../domain/warehouse-loading/media-type.js';
import { isForm } from './streamed-body.js';

/** A file of a request, in a form or as its body. */
export interface UploadedContent {
  /** Ends only when the whole request has been read; fails where it was cut off, or holds more than one file. */
  readonly content: AsyncIterable<Uint8Array>;
  readonly contentType: string | undefined;
  /** As the form calls it. */
  readonly fileName: string | undefined;
  /** Fields that stand in front of the file in a form. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Fields besides the file: few and short, for they are kept in memory. */
const FORM_LIMITS = {
  fieldNameSize: 100,
  fieldSize: 64 * 1024,
  fields: 50,
  files: 2, // one is wanted, the second is told
  parts: 52,
  headerPairs: 100,
  // As long as the store takes; nothing of it is kept.
  fileSize: Number.POSITIVE_INFINITY,
};

/** How long a client may send nothing in the middle of a body. */
const MAX_SILENCE_MS = 60_000;

/** What a client says when nobody told it what it sends. */
const NO_MEDIA_TYPE = new Set(['application/x-www-form-urlencoded']);

/** Once, for every route with `@StreamedBody()`. */
export async function registerMultipart(app: NestFastifyApplication): Promise<void> {
  await app.register(multipart, { limits: FORM_LIMITS, throwFileSizeLimit: false });
}

/**
 * The file of a request to a route with `@StreamedBody()`. Of a form it is the only file, whatever its name, with fields
 * before and behind it; any other body is the file itself.
 *
 * @throws PenstockError `request.invalid` where there is none, `request.malformed` where the form cannot be read
 */
export async function uploadedContent(request: FastifyRequest): Promise<UploadedContent> {
  return isForm(request) ? fromForm(request) : fromBody(request);
}

function fromBody(request: FastifyRequest): UploadedContent {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': coding } = request.raw.headers;
  if (type === undefined && coding === undefined && (length === undefined || length === '0')) {
    throw new PenstockError('request.invalid', 'There is no content; of an empty object, send the Content-Type.');
  }
  const contentType = type === undefined || NO_MEDIA_TYPE.has(type) ? undefined : mediaType(type);
  // Not destroyed when it is left early: the answer goes over the same connection.
  const body = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  return { content: attended(body, request), contentType, fileName: undefined, fields: {} };
}

async function fromForm(request: FastifyRequest): Promise<UploadedContent> {
  const parts = request.parts();
  const fields: Record<string, string> = {};
  for (;;) {
    const part = await readable(() => parts.next());
    if (part.done === true) throw new PenstockError('request.invalid', 'The form holds no file.');
    if (part.value.type === 'file') {
      const { mimetype, filename } = part.value;
      // What a browser sends where no file was chosen: an empty one would replace what is there.
      if (filename === '') throw new PenstockError('request.invalid', 'No file was chosen in the form.');
      const content = attended(fileAndRest(part.value, parts), request);
      return { content, contentType: mediaType(mimetype), fileName: filename, fields };
    }
    if (typeof part.value.value === 'string') fields[part.value.fieldname] = part.value.value;
  }
}

/** The file, and then whatever follows it, to the end of the form: before that, nobody knows whether it was cut off. */
async function* fileAndRest(
  { file }: MultipartFile,
  parts: AsyncIterableIterator<Multipart>,
): AsyncGenerator<Uint8Array> {
  const pieces = file[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (let piece = await readable(() => pieces.next()); piece.done !== true;) {
      yield piece.value;
      piece = await readable(() => pieces.next());
    }
  } finally {
    file.destroy();
  }
  for (let part = await readable(() => parts.next()); part.done !== true; part = await readable(() => parts.next())) {
    if (part.value.type === 'file') throw new PenstockError('request.invalid', 'The form holds more than one file.');
  }
}

/** What the parser says is about the form, and quotes it. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new PenstockError('request.malformed', 'The form is cut off or cannot be read.', { cause });
  }
}

/** Gives up on a client that says nothing any more; while nobody listens to it, it may. */
export async function* attended(
  content: AsyncIterable<Uint8Array>,
  { raw }: FastifyRequest,
): AsyncGenerator<Uint8Array> {
  let isAwaited = true;
  const timer = setTimeout(() => {
    if (isAwaited) raw.destroy(new Error(`The client sent nothing for ${MAX_SILENCE_MS} ms.`));
    else timer.refresh();
  }, MAX_SILENCE_MS);
  try {
    for await (const chunk of content) {
      isAwaited = false;
      yield chunk;
      isAwaited = true;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
}

function mediaType(text: string): string | undefined {
  return MEDIA_TYPE.test(text) ? text : undefined;
}
