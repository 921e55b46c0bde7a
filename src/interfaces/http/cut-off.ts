import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import './problem-details.filter.js'; // where requests get their problemCode
import { translateError } from './translate-error.js';

/** Tells the log why an answer was cut off that had begun: there is no answer left for it to stand in. */
export function reportCutOff({ request, raw }: FastifyReply, body: Readable): void {
  body.once('error', (thrown) => {
    // Whoever has left, ends what is made for him.
    if (raw.destroyed || request.raw.socket.destroyed) return;
    const error = translateError(thrown);
    request.problemCode = error.code;
    const logger = new Logger('HTTP');
    const fields = { requestId: request.id, code: error.code };
    if (error.kind === 'defect') logger.error('An answer was cut off by a defect.', thrown, fields);
    else logger.warn('An answer was cut off.', fields);
  });
}
