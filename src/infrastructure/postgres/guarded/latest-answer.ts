/** Work that answers for everybody who has asked before it began; who asks later waits for the next. */
export class LatestAnswer<T> {
  private readonly waiting = new Map<string, Promise<T>>();
  private readonly running = new Map<string, Promise<unknown>>();

  /** Never the answer to work that began before the call. */
  get(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.waiting.get(key);
    if (known !== undefined) return known;
    const before = this.running.get(key);
    if (before === undefined) return this.run(key, work);
    const next = before.then(() => {
      this.waiting.delete(key);
      return this.run(key, work);
    });
    this.waiting.set(key, next);
    return next;
  }

  private run(key: string, work: () => Promise<T>): Promise<T> {
    const answer = work();
    const ended = this.endOf(key, answer);
    this.running.set(key, ended);
    return answer;
  }

  private async endOf(key: string, answer: Promise<T>): Promise<void> {
    await answer.catch(() => undefined); // told to those who wait for it
    if (!this.waiting.has(key)) this.running.delete(key);
  }
}
