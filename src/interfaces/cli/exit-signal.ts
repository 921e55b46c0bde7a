/** Ends a command with an exit code, after everything has been said. */
export class ExitSignal extends Error {
  override readonly name = 'ExitSignal';

  constructor(readonly exitCode: number) {
    super(`exit ${exitCode}`);
  }
}
