import { execFile } from 'node:child_process';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line, as its users run it. */
export function penstock(words: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist/src/cli.js', ...words], { env }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    }).stdin?.end();
  });
}
