import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** A message of a stream of server-sent events; `data` is sent as JSON. */
export interface ServerEvent {
  /** What a client sends as `Last-Event-ID` when it comes again. */
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

/** Comments that keep proxies from taking a quiet stream for a dead one. */
const BEAT_MS = 15_000;

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** Answers events as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html), until they end or the client leaves. */
export async function answerEvents(reply: FastifyReply, events: AsyncIterable<ServerEvent>): Promise<void> {
  const body = Readable.from(messages(events), { objectMode: false });
  const beat = setInterval(() => {
    if (body.readableLength === 0 && !reply.raw.writableNeedDrain && reply.raw.headersSent) reply.raw.write(': \n\n');
  }, BEAT_MS);
  body.once('close', () => clearInterval(beat));
  void reply.status(200).headers({
    'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`,
    'cache-control': 'no-store',
    // nginx would hold events back until it has a bufferful.
    'x-accel-buffering': 'no',
  });
  await reply.send(body);
}

async function* messages(events: AsyncIterable<ServerEvent>): AsyncGenerator<string> {
  for await (const { id, event, data } of events) {
    const lines = [id === undefined ? '' : `id: ${id}\n`, event === undefined ? '' : `event: ${event}\n`];
    yield `${lines.join('')}data: ${JSON.stringify(data)}\n\n`;
  }
}
