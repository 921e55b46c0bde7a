import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LiveScreen } from '../../../../src/interfaces/terminal/live-screen.js';

function terminal(columns: number, rows: number): { out: NodeJS.WriteStream; lines: () => string[] } {
  const out = Object.assign(new PassThrough(), { isTTY: true, columns, rows }) as unknown as NodeJS.WriteStream;
  return { out, lines: () => shownBy(String(out.read() ?? '')) };
}

/** What a terminal shows after this text; it knows the three sequences that are used. */
function shownBy(text: string): string[] {
  const lines = [''];
  let row = 0;
  for (const [token] of text.replaceAll('\u001b', '␛').matchAll(/␛\[\d*[A-Z]|\n|[^␛\n]+/gu)) {
    if (token === '\n') lines[(row += 1)] ??= '';
    else if (token.endsWith('A') && token.startsWith('␛')) row -= Number(token.slice(2, -1));
    else if (token === '␛[0J') lines.splice(row, lines.length, '');
    else if (!token.startsWith('␛')) lines[row] += token;
  }
  return lines.slice(0, -1);
}

describe('the screen of the demonstration', () => {
  it('draws each picture in place of the one before, below what is said', () => {
    const { out, lines } = terminal(80, 24);
    const screen = new LiveScreen(out);
    screen.say(['hello']);
    screen.draw(['rows 1', 'lag 2']);
    screen.above(() => out.write('a line of the log\n'));
    screen.draw(['rows 3']);
    screen.say(['more']);
    expect(lines()).toEqual(['hello', 'a line of the log', 'more', 'rows 3']);
  });

  it('leaves the last picture where it is', () => {
    const { out, lines } = terminal(80, 24);
    const screen = new LiveScreen(out);
    screen.draw(['rows 1']);
    screen.end();
    screen.say(['bye']);
    expect(lines()).toEqual(['rows 1', 'bye']);
  });

  it('keeps a picture within the window, which could not be taken back otherwise', () => {
    const { out, lines } = terminal(5, 3);
    const screen = new LiveScreen(out);
    screen.draw(['too wide', 'b', 'c']);
    expect(lines()).toEqual(['too ', 'b']);
  });
});
