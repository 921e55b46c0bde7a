const MAX_KEPT = 500;

/** What was found out a moment ago. */
export class BriefMemory<T> {
  private readonly kept = new Map<string, { readonly value: T; readonly untilMs: number }>();

  constructor(private readonly holdMs: number) {}

  get(key: string): T | undefined {
    const known = this.kept.get(key);
    return known !== undefined && known.untilMs > performance.now() ? known.value : undefined;
  }

  keep(key: string, value: T): T {
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value ?? '');
    this.kept.set(key, { value, untilMs: performance.now() + this.holdMs });
    return value;
  }
}
