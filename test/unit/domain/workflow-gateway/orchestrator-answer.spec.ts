import { describe, expect, it } from 'vitest';
import { MAX_MESSAGE_LENGTH, orchestratorResult } from '../../../../src/domain/workflow-gateway/orchestrator-answer.js';

const failing = (answer: unknown) => {
  try {
    return orchestratorResult(answer);
  } catch (error) {
    return { code: (error as { code?: string }).code, message: (error as Error).message };
  }
};

describe('the answer of an orchestrator', () => {
  it('is its result as it stands', () => {
    expect(orchestratorResult({ status: 'success', details: { rows: 1 } })).toEqual({
      status: 'success',
      details: { rows: 1 },
    });
  });

  it.each([
    ['a text of JSON', '{"status":"success"}', { status: 'success' }],
    ['an object', { status: 'success' }, { status: 'success' }],
    ['a text', 'done', { message: 'done' }],
    ['a bare value of JSON', '7', { message: '7' }],
    ['nothing', undefined, {}],
  ])('is what an answer in the shape of API Gateway holds: %s', (_, body, result) => {
    expect(orchestratorResult({ statusCode: 200, body })).toEqual(result);
  });

  it.each([
    [{ statusCode: 400, body: '{"message":"no such table"}' }, 'workflow.refused', 'no such table'],
    [{ statusCode: 422, body: { error: 'bad' } }, 'workflow.refused', 'bad'],
    [{ statusCode: '500', body: '{"message":"broken"}' }, 'workflow.failed', 'broken'],
    [{ statusCode: 500 }, 'workflow.failed', 'The orchestrator answered with status 500.'],
    [{ statusCode: 'odd', body: '{}' }, 'workflow.failed', 'The orchestrator answered with status NaN.'],
    [{ statusCode: 100, body: '{}' }, 'workflow.failed', 'The orchestrator answered with status 100.'],
    [null, 'workflow.failed', 'The orchestrator answered nothing that is a result.'],
    [['a'], 'workflow.failed', 'The orchestrator answered nothing that is a result.'],
    ['text', 'workflow.failed', 'The orchestrator answered nothing that is a result.'],
  ])('is a failure when it is %j', (answer, code, message) => {
    expect(failing(answer)).toEqual({ code, message });
  });

  it('passes no endless message on', () => {
    const { message } = failing({ statusCode: 500, body: JSON.stringify({ message: 'x'.repeat(100_000) }) });
    expect(message).toHaveLength(MAX_MESSAGE_LENGTH);
  });
});
