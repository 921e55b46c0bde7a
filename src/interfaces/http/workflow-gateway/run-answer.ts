import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RunStarter } from '../../../application/workflow-gateway/start-workflow.command.js';
import { ERROR_KINDS, type ErrorCode, PenstockError } from '../../../domain/errors.js';
import type { RunView } from '../../../domain/workflow-gateway/run-view.js';
import type { Preference } from '../prefer.js';
import { clientGone } from '../client-gone.js';
import { idempotencyKeyOf } from '../idempotency-key.js';

const SECOND_MS = 1000;

export function starterOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { respondAsync, waitSeconds }: Preference,
): RunStarter {
  const { caller } = request;
  const idempotencyKey = idempotencyKeyOf(request);
  const waitMs = waitSeconds === undefined ? undefined : waitSeconds * SECOND_MS;
  return {
    caller: caller === undefined || caller instanceof PenstockError ? '' : caller.name,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(respondAsync ? { waitMs: waitMs ?? 0 } : waitMs !== undefined && { waitMs }),
    signal: clientGone(reply),
  };
}

/**
 * The document's answer to a run that ended well: what the orchestrator said, with the id of the run.
 *
 * @returns undefined while the run goes on
 * @throws PenstockError as which the run ended
 */
export function endedRun({ run_id, state, result, error }: RunView): Readonly<Record<string, unknown>> | undefined {
  if (state === 'succeeded') return { status: 'success', run_id, ...result };
  if (state === 'cancelled') throw new PenstockError('run.cancelled', 'The run was cancelled.');
  if (state === 'failed') throw new PenstockError(codeOf(error?.code), error?.message ?? 'The run failed.');
  return undefined;
}

function codeOf(code = ''): ErrorCode {
  return code in ERROR_KINDS ? (code as ErrorCode) : 'internal.defect';
}
