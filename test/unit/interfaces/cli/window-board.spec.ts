import { describe, expect, it } from 'vitest';
import type { WindowChangeView } from '../../../../src/domain/event-pipelines/window-view.js';
import { changeLine, WindowBoard } from '../../../../src/interfaces/cli/pipelines/window-board.js';

const change = (minute: number, value: string | null, country = 'FR'): WindowChangeView => ({
  aggregation: 'revenue',
  window_start: new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString(),
  window_end: new Date(Date.UTC(2026, 0, 1, 12, minute + 1)).toISOString(),
  group: { country },
  value,
  events: 1,
  changed_at: '2026-01-01T12:00:00.000Z',
});

describe('the table of windows on a terminal', () => {
  it('shows each window once as it was told last, the newest first', () => {
    const board = new WindowBoard();
    board.add([change(1, '10'), change(2, '20')]);
    board.add([change(1, '11'), change(2, null, 'DE')]);
    const [title, head, ...rows] = board.picture('Windows of shop', 40);
    expect([title, head]).toEqual(['Windows of shop', expect.stringMatching(/^AGGREGATION +WINDOW +UNTIL/)]);
    expect(rows.map((row) => /country=(\w+) +(\S+)/.exec(row)?.slice(1).join(' '))).toEqual(['FR 20', 'DE -', 'FR 11']);
  });

  it('has no more rows than there is room for, and remembers no more than fit any screen', () => {
    const board = new WindowBoard();
    board.add(Array.from({ length: 2000 }, (_, n) => change(n, String(n))));
    expect(board.picture('', 10)).toHaveLength(2 + 6);
    expect(board.picture('', 10)[2]).toContain(' 1999 ');
    expect(board.picture('', 5000).length).toBeLessThanOrEqual(502);
  });

  it('says that nothing has changed', () => {
    expect(new WindowBoard().picture('Windows of shop', 40)).toEqual([
      'Windows of shop',
      'No window has changed in the last minute.',
    ]);
  });
});

describe('a change as a line', () => {
  it('has everything, and no control sequence of a terminal', () => {
    const line = changeLine(change(1, '10', '\u001b[2J'));
    expect(line).toMatch(/^revenue +2026-01-01T12:01:00.000Z +country=\S+ +value 10 +events 1$/);
    expect(line).not.toContain('\u001b');
  });
});
