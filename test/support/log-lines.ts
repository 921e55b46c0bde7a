import { vi } from 'vitest';

export type LogLine = Record<string, unknown> & { message: string; level: string };

/** Collects what the service logs in this process; as JSON, one object a line. */
export function collectLogLines(): { lines: LogLine[]; text: () => string; stop: () => void } {
  const lines: LogLine[] = [];
  let text = '';
  const take = (chunk: unknown): boolean => {
    text += String(chunk);
    for (const line of String(chunk).split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line) as LogLine);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(take));
  return { lines, text: () => text, stop: () => spies.forEach((spy) => spy.mockRestore()) };
}
