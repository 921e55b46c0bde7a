import type { IncomingMessage } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PenstockError } from '../../domain/errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads its body by itself, as a stream of any length and type. */
    streamedBody?: true;
  }
}

const OCTETS = 'application/octet-stream';
const FORM = 'multipart/form-data';

/** What is read of a body that nobody wants any more, so that its client gets to reading the answer. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;
const MAX_DRAIN_MS = 10_000;

/**
 * The route takes a file, in a form or as the body itself, and reads it by `uploadedContent`. Routes without this take
 * neither: they are what forms of other sites can send.
 */
export const StreamedBody = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    RouteConfig({ streamedBody: true }),
    ApiConsumes(FORM, OCTETS),
    ApiBody({
      description: 'One file in a form, or the bytes as they are, with any other Content-Type',
      schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } },
    }),
  );

/** Lets routes with `@StreamedBody()` have any body unread, and keeps forms and plain bytes away from all others. */
export function addStreamedBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(OCTETS, (_request, _payload, done) => done(null));
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.is404) return done(null, payload);
    if (isStreamed(request)) takeAsItIs(request);
    else if (isStreamedType(request)) return done(refused());
    done(null, payload);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (isStreamed(request) && !request.raw.readableEnded) drain(request.raw, reply);
    done(null, payload);
  });
}

export function isForm({ raw: { headers } }: FastifyRequest): boolean {
  return isOfType(headers, FORM);
}

function isStreamed({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.streamedBody === true;
}

/** Whatever the body calls itself, no parser is to touch it; a form has its own, which does not read it either. */
function takeAsItIs(request: FastifyRequest): void {
  if (!isForm(request)) request.headers = { 'content-type': OCTETS };
}

function isStreamedType({ method, raw: { headers } }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD' && (isOfType(headers, FORM) || isOfType(headers, OCTETS));
}

function isOfType(headers: IncomingMessage['headers'], type: string): boolean {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === type;
}

function refused(): PenstockError {
  return new PenstockError(
    'request.unsupported-media',
    'The body must be JSON, sent as "content-type: application/json".',
  );
}

/** A client that still sends does not read its answer, and one whose connection is cut may never see it. */
function drain(raw: IncomingMessage, reply: FastifyReply): void {
  let bytes = 0;
  const end = (): void => {
    if (reply.raw.writableFinished) raw.destroy();
    else reply.raw.once('finish', () => raw.destroy());
  };
  const timer = setTimeout(end, MAX_DRAIN_MS).unref();
  raw.once('close', () => clearTimeout(timer));
  raw.on('error', () => undefined); // it is left to itself
  raw.unpipe();
  raw.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > MAX_DRAINED_BYTES) end();
  });
}
