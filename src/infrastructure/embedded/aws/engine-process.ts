/** What every engine process is told in its first argument, as JSON. */
export interface EngineProcessArguments {
  readonly dir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface RunningEngine {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Runs an engine as a process of its own: says `{ ready, port }` to its parent when it listens (or prints it, without
 * a parent), and closes cleanly on SIGTERM, SIGINT and when the parent is gone.
 */
export async function runEngineProcess(
  start: (argument: string, onDefect: (error: unknown) => void) => Promise<RunningEngine>,
): Promise<void> {
  const unwanted = new Promise<void>((resolve) => {
    for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(event, resolve);
  });
  // Whoever read our output may be gone before we are; there is still a folder to close.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const engine = await start(process.argv[2] ?? '{}', report);
    announce(engine.port);
    await unwanted;
    await engine.close();
    process.exit(0);
  } catch (error) {
    report(error);
    process.exit(1);
  }
}

function announce(port: number): void {
  const message = { ready: true, port };
  if (process.send) process.send(message, undefined, {}, () => undefined);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** What failed and where: the message as well only if it is ours, for those of others may hold values. */
function report(error: unknown): void {
  if (!(error instanceof Error)) return;
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const message = error.name === 'PenstockError' ? `: ${error.message}` : '';
  process.stderr.write(`${error.name}${code}${message}\n${frames.join('\n')}\n`);
}
