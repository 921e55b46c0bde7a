import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attachment } from '../../../src/interfaces/http/content-disposition.js';

it('names the last part of a path', () => {
  expect(attachment('a/b/report.csv')).toBe(`attachment; filename="report.csv"; filename*=UTF-8''report.csv`);
  expect(attachment('folder/')).toContain('filename="folder"');
  expect(attachment('//')).toContain('filename="object"');
});

it('is a header of ASCII that gives the very name back, whatever it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const name = text.replaceAll('/', '') || 'x';
      const header = attachment(`a/${name}`);
      expect(header).toMatch(/^attachment; filename="[^"\\%]*"; filename\*=UTF-8''[\w.~!%-]+$/);
      expect(header).toMatch(/^[\u0020-\u007e]*$/);
      expect(decodeURIComponent(header.split("UTF-8''")[1]!)).toBe(name);
    }),
  );
});
