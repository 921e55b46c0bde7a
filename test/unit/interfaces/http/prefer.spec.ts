import { describe, expect, it } from 'vitest';
import { preferenceOf } from '../../../../src/interfaces/http/prefer.js';

describe('what a client would like', () => {
  it.each([
    [undefined, { respondAsync: false }],
    ['', { respondAsync: false }],
    ['respond-async', { respondAsync: true }],
    ['Respond-Async', { respondAsync: true }],
    ['respond-async, wait=10', { respondAsync: true, waitSeconds: 10 }],
    ['wait="5"', { respondAsync: false, waitSeconds: 5 }],
    [['wait=7', 'respond-async; foo="bar"'], { respondAsync: true, waitSeconds: 7 }],
    ['return=minimal, wait=soon', { respondAsync: false }],
    ['wait=-1', { respondAsync: false }],
  ])('is read from Prefer: %j', (header, preference) => {
    expect(preferenceOf(header)).toEqual(preference);
  });
});
