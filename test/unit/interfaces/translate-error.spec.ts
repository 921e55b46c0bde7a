import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { PenstockError } from '../../../src/domain/errors.js';
import { translateError } from '../../../src/interfaces/http/translate-error.js';

describe('translateError', () => {
  it('passes on what is in the catalogue already', () => {
    const error = new PenstockError('stream.empty', 'It is empty.');
    expect(translateError(error)).toBe(error);
  });

  it.each([
    [400, 'request.malformed'],
    [401, 'key.missing'],
    [403, 'scope.missing'],
    [404, 'route.unknown'],
    [405, 'route.unknown'],
    [413, 'request.too-large'],
    [415, 'request.unsupported-media'],
    [418, 'request.malformed'],
    [429, 'request.rate-limited'],
    [500, 'internal.defect'],
    [503, 'service.stopping'],
  ])('finds a code for an exception of Nest with status %d', (status, code) => {
    expect(translateError(new HttpException('words that quote hunter2', status))).toMatchObject({
      code,
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it.each([new Error('x'), new TypeError('x'), 'x', undefined, null, { statusCode: 599 }])(
    'takes anything else for a defect: %s',
    (thrown) => {
      expect(translateError(thrown)).toMatchObject({ code: 'internal.defect', cause: thrown });
    },
  );
});
