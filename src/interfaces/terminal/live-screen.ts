import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';

/** Text that comes once, and below it, on a terminal, a picture that is drawn over and over. */
export class LiveScreen {
  private picture: readonly string[] = [];

  constructor(private readonly out: NodeJS.WriteStream) {}

  /** Elsewhere pictures would follow one another for ever. */
  get canRedraw(): boolean {
    return this.out.isTTY;
  }

  say(lines: readonly string[]): void {
    this.above(() => this.out.write(lines.map((line) => `${line}\n`).join('')));
  }

  /** Draws the picture in place of the one before. */
  draw(picture: readonly string[]): void {
    this.wipe();
    const { columns, rows } = this.out;
    this.picture = picture.slice(0, rows - 1).map((line) => line.slice(0, columns - 1));
    this.paint();
  }

  /** Has something written above the picture. */
  readonly above = (write: () => void): void => {
    this.wipe();
    write();
    this.paint();
  };

  /** Leaves the last picture where it is; what comes now comes below. */
  end(): void {
    this.picture = [];
  }

  private wipe(): void {
    if (this.picture.length === 0) return;
    moveCursor(this.out, 0, -this.picture.length);
    cursorTo(this.out, 0);
    clearScreenDown(this.out);
  }

  private paint(): void {
    for (const line of this.picture) this.out.write(`${line}\n`);
  }
}
