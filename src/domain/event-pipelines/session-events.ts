import { pick, type Random, randomUuid } from '../shared/seeded-random.js';

/** One event of a visit to a shop. */
export interface SessionEvent {
  readonly event_id: string;
  readonly event_type: 'page_view' | 'product_view' | 'add_to_cart' | 'purchase' | 'search';
  readonly event_timestamp: string;
  readonly user_id: number;
  readonly session_id: string;
  readonly page_url: string;
  readonly product_id?: number;
  readonly unit_price?: number;
  readonly quantity?: number;
  readonly search_term?: string;
}

const SITE = 'https://shop.example';
const TERMS = ['kettle', 'desk lamp', 'rain jacket', 'headphones', 'olive oil', 'notebook'] as const;
const LEAST_STEP_MS = 500;
const MOST_STEP_MS = 20_000;

/** Share of the visitors with something in the cart who buy it. */
export const PURCHASE_CONVERSION_RATE = 0.35;

/**
 * The events of one session by the platform's documented pattern: a page view; in 60 % a product view, of those 40 % put
 * it in the cart, of those `PURCHASE_CONVERSION_RATE` buy; 20 % search as well. Times run from `startMs` on.
 */
export function sessionEvents(random: Random, startMs: number): SessionEvent[] {
  const events: SessionEvent[] = [];
  const session = { user_id: 1 + Math.floor(random() * 5000), session_id: randomUuid(random) };
  let atMs = startMs;
  const add = (event_type: SessionEvent['event_type'], page: string, details: Partial<SessionEvent> = {}): void => {
    const event_timestamp = new Date(atMs).toISOString();
    events.push({
      event_id: randomUuid(random),
      event_type,
      event_timestamp,
      ...session,
      page_url: SITE + page,
      ...details,
    });
    atMs += LEAST_STEP_MS + Math.floor(random() * (MOST_STEP_MS - LEAST_STEP_MS));
  };
  add('page_view', pick(random, ['/', '/sale', '/new', '/about']));
  if (random() < 0.6) {
    const product_id = 1 + Math.floor(random() * 400);
    const product = { product_id, unit_price: (999 + ((product_id * 7919) % 20_000)) / 100 };
    add('product_view', `/products/${product_id}`, product);
    if (random() < 0.4) {
      const cart = { ...product, quantity: 1 + Math.floor(random() * 3) };
      add('add_to_cart', '/cart', cart);
      if (random() < PURCHASE_CONVERSION_RATE) add('purchase', '/checkout', cart);
    }
  }
  if (random() < 0.2) add('search', '/search', { search_term: pick(random, TERMS) });
  return events;
}
