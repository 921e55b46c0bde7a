import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childrenOf, childText, readXml } from '../../../../src/infrastructure/embedded/s3/xml-reader.js';
import { xmlDocument } from '../../../../src/infrastructure/embedded/s3/xml.js';

describe('XML', () => {
  it('is read as it was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const read = readXml(xmlDocument('Root', { Text: texts }), 'Root');
        expect(childrenOf(read, 'Text').map(({ text }) => text)).toEqual(texts);
      }),
    );
  });

  it('may be written in many ways', () => {
    const text =
      '\uFEFF<?xml version="1.0"?>\n<!-- a --><s3:Root a="1>0" xmlns:s3="x"><A>1<![CDATA[<&]]>&#x41;&#66;</A><B/><B ></B></s3:Root>\n';
    const root = readXml(text, 'Root');
    expect(childText(root, 'A')).toBe('1<&AB');
    expect(childrenOf(root, 'B').map((node) => node.text)).toEqual(['', '']);
    expect(childText(root, 'C')).toBeUndefined();
  });

  it.each([
    '',
    'text',
    '<Root>',
    '</Root>',
    '<Root></Other>',
    '<Root/><Root/>',
    '<Other/>',
    '<Root><a></Root></a>',
    '<Root>&unknown;</Root>',
    '<Root>&amp</Root>',
    '<Root>&#x110000;</Root>',
    '<!DOCTYPE Root><Root/>',
    '<Root/>rest',
    '<Root><',
    `<Root>${'<a>'.repeat(9)}${'</a>'.repeat(9)}</Root>`,
  ])('is refused when it is not well-formed: %s', (text) => {
    expect(() => readXml(text, 'Root')).toThrow(expect.objectContaining({ code: 'MalformedXML' }));
  });

  it('is refused where one element too many could mean two things', () => {
    expect(() => childText(readXml('<Root><A>1</A><A>2</A></Root>', 'Root'), 'A')).toThrow(
      expect.objectContaining({ code: 'MalformedXML' }),
    );
  });

  it('takes no longer for hostile text than for any other', () => {
    const hostile = [
      `<Root ${'a '.repeat(200_000)}`,
      `<Root>${'&'.repeat(200_000)}`,
      '<'.repeat(200_000),
      `<Root>${'<!--'.repeat(50_000)}`,
    ];
    for (const text of hostile) expect(() => readXml(text, 'Root')).toThrow();
  });
});
