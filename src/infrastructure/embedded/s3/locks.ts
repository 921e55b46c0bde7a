/** Keeps changes of one thing apart, by name; changes of others go on side by side. */
export class Locks {
  private readonly gates = new Map<string, Gate>();

  /** Alone with `name`. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.at(name, (gate) => gate.exclusive(work));
  }

  /** Together with others that share `name`, and with none that has it exclusively. */
  shared<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.at(name, (gate) => gate.shared(work));
  }

  /** Alone with all of them; always taken in the same order, so that two cannot wait for each other. */
  exclusiveAll<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const [first, ...rest] = [...new Set(names)].sort();
    if (first === undefined) return work();
    return this.exclusive(first, () => this.exclusiveAll(rest, work));
  }

  private async at<T>(name: string, use: (gate: Gate) => Promise<T>): Promise<T> {
    const gate = this.gates.get(name) ?? new Gate();
    this.gates.set(name, gate);
    gate.users += 1;
    try {
      return await use(gate);
    } finally {
      gate.users -= 1;
      if (gate.users === 0) this.gates.delete(name);
    }
  }
}

class Gate {
  users = 0;
  /** Fulfilled when the last that asked for it alone is done. */
  private last: Promise<unknown> = Promise.resolve();
  private readonly sharing = new Set<Promise<unknown>>();

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = Promise.all([this.last, ...this.sharing]).then(work);
    this.last = run.catch(() => undefined);
    return run;
  }

  shared<T>(work: () => Promise<T>): Promise<T> {
    const run = this.last.then(work);
    const done: Promise<unknown> = run.catch(() => undefined).finally(() => this.sharing.delete(done));
    this.sharing.add(done);
    return run;
  }
}
