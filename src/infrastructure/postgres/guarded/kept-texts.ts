const MAX_KEPT = 500;
/** A longer text is rarely sent twice, and costs more to hold than to read again. */
const MAX_CHARACTERS = 4000;

/** What was made of the last texts that came: programs send the same statements again and again. */
export class KeptTexts<T> {
  private readonly kept = new Map<string, T>();

  get(text: string): T | undefined {
    return this.kept.get(text);
  }

  keep(text: string, value: T): T {
    if (text.length > MAX_CHARACTERS) return value;
    if (this.kept.size >= MAX_KEPT) this.kept.delete(this.kept.keys().next().value ?? '');
    this.kept.set(text, value);
    return value;
  }
}
