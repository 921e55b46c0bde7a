import type { Random } from '../shared/seeded-random.js';

/** What somebody does in a shop, as event types. */
export const SESSION_STEPS = ['page_view', 'product_view', 'add_to_cart', 'purchase', 'search'] as const;
export type SessionStep = (typeof SESSION_STEPS)[number];

/** Shares of those who did the step before. */
const PRODUCT_VIEW_RATE = 0.6;
const ADD_TO_CART_RATE = 0.4;
const SEARCH_RATE = 0.2;

/** Of a domain that does not say otherwise: the share of those with something in the cart who buy it. */
export const PURCHASE_CONVERSION_RATE = 0.35;

/**
 * The steps of one session by the platform's documented pattern: a page view; in 60 % a product view, of those 40 % put it
 * in the cart, of those `purchaseConversionRate` buy; 20 % search as well.
 */
export function sessionSteps(random: Random, purchaseConversionRate: number): SessionStep[] {
  const steps: SessionStep[] = ['page_view'];
  if (random() < PRODUCT_VIEW_RATE) {
    steps.push('product_view');
    if (random() < ADD_TO_CART_RATE) {
      steps.push('add_to_cart');
      if (random() < purchaseConversionRate) steps.push('purchase');
    }
  }
  if (random() < SEARCH_RATE) steps.push('search');
  return steps;
}

const LEAST_STEP_MS = 500;
const MOST_STEP_MS = 20_000;

/** Time from one step to the next, in milliseconds. */
export function stepMs(random: Random): number {
  return LEAST_STEP_MS + Math.floor(random() * (MOST_STEP_MS - LEAST_STEP_MS));
}
