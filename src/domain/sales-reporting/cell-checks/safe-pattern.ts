/** A longer value is refused instead of matched. */
export const MAX_MATCHED_CHARS = 256;
const MAX_PATTERN_CHARS = 500;
/** `*`, `+`, `{n,}` and `{n,m}`: with so many, the work for the longest value stays within milliseconds. */
const MAX_REPEATS = 3;
/** `?`: each doubles the work at worst. */
const MAX_OPTIONALS = 10;

/** Tokens that matter, of an expression that is known to be well-formed. */
const TOKENS =
  /\\(?:k<|[1-9])|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\((?:\?(?::|<[^>]*>))?|\)|\||\{\d+(?:,\d*)?\}|[*+?]/gu;

/**
 * A regular expression whose matching cannot take long, whatever the values are: JavaScript's engine backtracks, and rows
 * come from strangers. Refused are repeats of a group that itself repeats or has alternatives, references back, looking
 * around, and more than a few repeats.
 *
 * @returns the pattern, or why it is not taken
 */
export function safePattern(source: string): RegExp | string {
  if (source.length > MAX_PATTERN_CHARS) return `is longer than ${MAX_PATTERN_CHARS} characters`;
  try {
    const pattern = new RegExp(source, 'u');
    return new PatternReader().dangerOf(source) ?? pattern;
  } catch {
    return 'is not a regular expression';
  }
}

/** Walks over an expression and finds what could make it slow. */
class PatternReader {
  private repeats = 0;
  private optionals = 0;
  /** For each open group, whether matching it may take more than one way. */
  private readonly open = [false];

  dangerOf(source: string): string | undefined {
    /** Of the group that has closed right before the present token. */
    let closed = { isVaried: false, after: -1 };
    for (const { 0: token, index } of source.matchAll(TOKENS)) {
      const danger = this.read(token, closed.isVaried && closed.after === index);
      if (danger !== undefined) return danger;
      closed = { isVaried: token === ')' && this.close(), after: index + token.length };
    }
    if (this.repeats > MAX_REPEATS) return `has more than ${MAX_REPEATS} repeats`;
    return this.optionals > MAX_OPTIONALS ? `has more than ${MAX_OPTIONALS} optional parts` : undefined;
  }

  private read(token: string, isAfterVaried: boolean): string | undefined {
    if (/^\\(?:k<|[1-9])/.test(token)) return 'refers back';
    if (/^\(\?<?[=!]/.test(token)) return 'looks around';
    if (token.startsWith('(')) this.open.push(false);
    else if (token === '|') this.vary();
    else if (/^[*+?{]/.test(token)) return this.quantify(token, isAfterVaried);
    return undefined;
  }

  private quantify(token: string, isAfterVaried: boolean): string | undefined {
    if (isAfterVaried && token !== '?') return 'repeats a group that has repeats or alternatives inside';
    if (token === '?') this.optionals += 1;
    else if (token.includes(',') || !token.startsWith('{')) this.repeats += 1;
    this.vary();
    return undefined;
  }

  /** What varies inside a group makes the one around it vary. */
  private close(): boolean {
    const isVaried = this.open.pop() ?? false;
    if (isVaried) this.vary();
    return isVaried;
  }

  private vary(): void {
    this.open[this.open.length - 1] = true;
  }
}
