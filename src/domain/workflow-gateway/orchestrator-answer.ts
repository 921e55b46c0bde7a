import { PenstockError } from '../errors.js';
import type { JsonObject } from '../shared/job.js';

/** Longest message of an orchestrator that is passed on. */
export const MAX_MESSAGE_LENGTH = 2000;

const SUCCESS_BEGINS = 200;
const SUCCESS_ENDS = 400;
const FAULT_BEGINS = 500;

/**
 * What an orchestrator means: it answers its result, or that in the shape of API Gateway,
 * `{statusCode, body: "<json>"}`, where an Invoke that succeeded may carry a failure.
 *
 * @throws PenstockError `workflow.refused` for a status of 4xx, `workflow.failed` for 5xx and for what is no answer
 */
export function orchestratorResult(answer: unknown): JsonObject {
  if (!isObject(answer))
    throw new PenstockError('workflow.failed', 'The orchestrator answered nothing that is a result.');
  if (!('statusCode' in answer)) return answer;
  const status = Number(answer['statusCode']);
  const result = resultOf(answer['body']);
  if (status >= SUCCESS_BEGINS && status < SUCCESS_ENDS) return result;
  const isRefusal = status >= SUCCESS_ENDS && status < FAULT_BEGINS;
  const message = messageOf(result) ?? `The orchestrator answered with status ${status}.`;
  throw new PenstockError(isRefusal ? 'workflow.refused' : 'workflow.failed', message);
}

function resultOf(body: unknown): JsonObject {
  if (isObject(body)) return body;
  if (typeof body !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) ? parsed : { message: String(parsed) };
  } catch {
    return { message: body };
  }
}

function messageOf({ message, error }: JsonObject): string | undefined {
  const given = [message, error].find((text) => typeof text === 'string' && text !== '');
  return typeof given === 'string' ? given.slice(0, MAX_MESSAGE_LENGTH) : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
