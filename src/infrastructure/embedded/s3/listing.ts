import { afterAll } from './index-keys.js';
import type { IndexEntry, IndexScan, IndexStore } from './index-store.js';

export interface ListingRequest {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** What comes first is above this, in the order of UTF-8. A common prefix stands for all that start with it. */
  readonly after: string;
  readonly max: number;
}

export interface ListingPage {
  readonly entries: readonly IndexEntry[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  /** The last key or common prefix, after which the next page begins. */
  readonly last: string;
}

/** How the keys of what is listed lie in the index. */
export interface ListingSource {
  readonly index: IndexStore;
  /** What all keys of the index start with. */
  readonly base: string;
  /** What follows the key in the index, which is none of it. */
  readonly suffixChars?: number;
  /** Where to begin within the entries of the key `after`; without it, behind all of them. */
  readonly from?: string;
}

/**
 * A page of a listing in order. What a delimiter folds into one common prefix is leapt over, so that the cost is that
 * of what is shown, not of what there is.
 */
export async function listPage(source: ListingSource, request: ListingRequest): Promise<ListingPage> {
  const page = new PageInMaking(source, request);
  const { index, base } = source;
  const start = Buffer.from(base + request.prefix);
  const behind = source.from === undefined ? behindKey(source, request.after) : Buffer.from(base + source.from);
  const scan = index.scan(Buffer.compare(start, behind) < 0 ? behind : start, afterAll(base + request.prefix));
  try {
    await fill(page, scan, base);
    return page.finished();
  } finally {
    await scan.close();
  }
}

async function fill(page: PageInMaking, scan: IndexScan, base: string): Promise<void> {
  if (page.max === 0) return;
  for (let entries = await scan.next(); entries.length > 0; entries = await scan.next()) {
    for (const entry of entries) if (!page.take(entry)) return;
    if (page.folding !== undefined) scan.leap(afterAll(base + page.folding));
  }
}

function behindKey({ base, suffixChars }: ListingSource, after: string): Buffer {
  if (after === '') return Buffer.from(base);
  return suffixChars ? afterAll(`${base}${after}\0`) : Buffer.from(`${base}${after}\0`);
}

class PageInMaking {
  readonly max: number;
  /** The common prefix that is just being passed. */
  folding: string | undefined;
  private readonly entries: IndexEntry[] = [];
  private readonly prefixes: string[] = [];
  private truncated = false;
  private last = '';

  constructor(
    private readonly source: ListingSource,
    private readonly request: ListingRequest,
  ) {
    this.max = request.max;
  }

  /** Answers false when there is no room for it. */
  take({ key: indexKey, value }: IndexEntry): boolean {
    const { base, suffixChars = 0 } = this.source;
    const key = indexKey.slice(base.length, indexKey.length - suffixChars);
    if (this.folding !== undefined && key.startsWith(this.folding)) return true;
    const folded = this.fold(key);
    this.folding = folded;
    if (folded !== undefined && folded === this.request.after) return true;
    if (this.entries.length + this.prefixes.length >= this.max) {
      this.truncated = true;
      return false;
    }
    this.last = folded ?? key;
    if (folded === undefined) this.entries.push({ key, value });
    else this.prefixes.push(folded);
    return true;
  }

  finished(): ListingPage {
    const { entries, prefixes, truncated, last } = this;
    return { entries, prefixes, truncated, last };
  }

  private fold(key: string): string | undefined {
    const { prefix, delimiter } = this.request;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  }
}
