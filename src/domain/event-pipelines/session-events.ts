import { pick, type Random, randomUuid } from '../shared/seeded-random.js';
import { PURCHASE_CONVERSION_RATE, type SessionStep, sessionSteps, stepMs } from './session-pattern.js';

/** One event of a visit to the shop of the demonstration, which has no schema yet. */
export interface SessionEvent {
  readonly event_id: string;
  readonly event_type: SessionStep;
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

/** The events of one session by the documented pattern. Times run from `startMs` on. */
export function sessionEvents(random: Random, startMs: number): SessionEvent[] {
  const session = { user_id: 1 + Math.floor(random() * 5000), session_id: randomUuid(random) };
  const product_id = 1 + Math.floor(random() * 400);
  const product = { product_id, unit_price: (999 + ((product_id * 7919) % 20_000)) / 100 };
  const cart = { ...product, quantity: 1 + Math.floor(random() * 3) };
  const details = {
    page_view: { page_url: SITE + pick(random, ['/', '/sale', '/new', '/about']) },
    product_view: { page_url: `${SITE}/products/${product_id}`, ...product },
    add_to_cart: { page_url: `${SITE}/cart`, ...cart },
    purchase: { page_url: `${SITE}/checkout`, ...cart },
    search: { page_url: `${SITE}/search`, search_term: pick(random, TERMS) },
  } as const satisfies Record<SessionStep, Partial<SessionEvent>>;
  let atMs = startMs;
  return sessionSteps(random, PURCHASE_CONVERSION_RATE).map((event_type) => {
    const event_timestamp = new Date(atMs).toISOString();
    atMs += stepMs(random);
    return { event_id: randomUuid(random), event_type, event_timestamp, ...session, ...details[event_type] };
  });
}
