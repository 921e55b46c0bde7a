/** Texts that have to look like something, and are drawn from a pool that is prepared once. */
export const POOL_KINDS = [
  'url',
  'title',
  'search',
  'product',
  'category',
  'company',
  'person',
  'email',
  'city',
  'region',
  'address',
  'language',
  'browser',
  'userAgent',
  'ip',
  'mac',
  'version',
  'color',
  'words',
] as const;
export type PoolKind = (typeof POOL_KINDS)[number];

/** What the texts of a field look like. */
export type TextKind =
  /** One of a pool. */
  | { readonly pool: PoolKind }
  /** One of these few, the first ones more often. */
  | { readonly words: readonly [string, ...string[]] }
  /** The id of one thing of many, which comes again: `product_17`. */
  | { readonly thing: string }
  /** An id that no other event has, unless it is that of the session: `order_8f3a2c91`. */
  | { readonly unique: string; readonly isOfSession: boolean };

/** What the numbers of a field look like: most of them in the middle between both ends. */
export interface NumberKind {
  readonly least: number;
  readonly most: number;
  readonly decimals: number;
}

type Rule<K> = readonly [name: RegExp, kind: K];

const words = (...given: [string, ...string[]]): TextKind => ({ words: given });

/** Ids of what happens once, not of what is there. */
const ONCE = /^(order|transaction|payment|request|invoice|shipment|transfer|alert|refund|message|click)$/;
const OF_SESSION = /^(session|visit|cart|trace)$/;

/** The first one that fits the name of a field counts. */
const TEXT_RULES: readonly Rule<TextKind>[] = [
  [/(^|_)(url|referrer|referer|link|uri|page)$|_path$/, { pool: 'url' }],
  [/title$/, { pool: 'title' }],
  [/search|query|term$|keyword/, { pool: 'search' }],
  [/user_agent/, { pool: 'userAgent' }],
  [/(^|_)ip(_address)?$/, { pool: 'ip' }],
  [/(^|_)mac(_address)?$/, { pool: 'mac' }],
  [/email/, { pool: 'email' }],
  [/country/, words('US', 'GB', 'DE', 'FR', 'IN', 'BR', 'JP', 'CA', 'ES', 'IT', 'NL', 'AU', 'SE', 'PL', 'ZA')],
  [/currency/, words('USD', 'EUR', 'GBP', 'JPY', 'INR', 'BRL', 'CAD', 'CHF')],
  [/(^|_)(city|town)$/, { pool: 'city' }],
  [/(^|_)(region|state|province|zone)$/, { pool: 'region' }],
  [/location|site$/, { pool: 'city' }],
  [/address|street/, { pool: 'address' }],
  [/language|locale/, { pool: 'language' }],
  [/browser/, { pool: 'browser' }],
  [/version|firmware/, { pool: 'version' }],
  [/colou?r/, { pool: 'color' }],
  [/device_(type|class|category)|^platform$/, words('mobile', 'desktop', 'tablet')],
  [/^(os|operating_system)$/, words('Android', 'iOS', 'Windows', 'macOS', 'Linux')],
  [/sensor_type|measurement_type|metric_type/, words('temperature', 'humidity', 'pressure', 'vibration', 'power')],
  [/(^|_)unit$/, words('celsius', 'percent', 'hPa', 'mm_s', 'W')],
  [/severity|priority|risk_level/, words('low', 'medium', 'high', 'critical')],
  [/payment_(method|type)/, words('card', 'wallet', 'bank_transfer', 'invoice')],
  [/card_(type|brand|network)/, words('visa', 'mastercard', 'amex')],
  [/account_type/, words('checking', 'savings', 'credit', 'business')],
  [/transaction_type/, words('purchase', 'transfer', 'withdrawal', 'deposit', 'refund')],
  [/(^|_)channel$/, words('web', 'app', 'store', 'partner')],
  [/(^|_)source$|(^|_)medium$/, words('direct', 'search', 'email', 'social', 'ads')],
  [/connection|network/, words('wifi', 'cellular', 'ethernet', 'lorawan')],
  [/merchant_category/, words('groceries', 'travel', 'restaurants', 'fuel', 'electronics', 'health')],
  [/device_status|(^|_)health$/, words('online', 'degraded', 'offline')],
  [/status|outcome|result$/, words('ok', 'pending', 'failed')],
  [/coupon|promo|voucher/, words('WELCOME', 'SPRING10', 'FREESHIP')],
  [/error|reason|(^|_)code$/, words('none', 'timeout', 'limit', 'invalid', 'refused')],
  [/^(is|has)_|_flag$/, words('false', 'true')],
  [/category|department|segment/, { pool: 'category' }],
  [/brand|company|vendor|manufacturer|merchant(_name)?$|bank/, { pool: 'company' }],
  [/product(_name)?$|item(_name)?$/, { pool: 'product' }],
  [/(^|_)name$|recipient|sender|holder/, { pool: 'person' }],
  [/_(type|kind|method|mode|tier)$/, words('standard', 'instant', 'scheduled')],
];

const between = (least: number, most: number, decimals = 0): NumberKind => ({ least, most, decimals });

const NUMBER_RULES: readonly Rule<NumberKind>[] = [
  [/quantity|(^|_)(items|units)$/, between(1, 5)],
  [/count$/, between(0, 50)],
  [/temperature|(^|_)temp$/, between(-5, 45, 1)],
  [/humidity|battery|percent|_pct$|(^|_)level$|cpu|memory/, between(0, 100, 1)],
  [/pressure/, between(960, 1060, 1)],
  [/voltage/, between(3, 4.2, 3)],
  [/current/, between(0, 20, 2)],
  [/power|energy|consumption|wattage/, between(0, 3500, 1)],
  [/vibration/, between(0, 12, 3)],
  [/latitude|(^|_)lat$/, between(-60, 70, 5)],
  [/longitude|(^|_)l(on|ng)$/, between(-180, 180, 5)],
  [/co2/, between(380, 1800)],
  [/signal|rssi/, between(-100, -30)],
  [/speed/, between(0, 130, 1)],
  [/rpm/, between(0, 6000)],
  [/rating|stars/, between(1, 5)],
  [/score|probability|(^|_)(ratio|rate|share)$|confidence|discount/, between(0, 1, 3)],
  [/balance/, between(0, 2_000_000)],
  [/seconds|_s$/, between(1, 600, 1)],
  [/_ms$|latency|duration|load_time|uptime/, between(5, 60_000)],
];

/** Amounts of money are whole cents. */
export const MONEY_KIND: NumberKind = between(199, 49_999);
const ANY_NUMBER = between(0, 100, 2);

/** What a text field of this name holds. */
export function textKindOf(name: string): TextKind {
  const thing = /^(\w+)_id$/.exec(name)?.[1];
  if (thing !== undefined && OF_SESSION.test(thing)) return { unique: thing, isOfSession: true };
  if (thing !== undefined) return ONCE.test(thing) ? { unique: thing, isOfSession: false } : { thing };
  return ruleFor(TEXT_RULES, name) ?? { pool: 'words' };
}

/** What a number field of this name holds, in the unit its name tells. */
export function numberKindOf(name: string): NumberKind {
  return ruleFor(NUMBER_RULES, name) ?? ANY_NUMBER;
}

function ruleFor<K>(rules: readonly Rule<K>[], name: string): K | undefined {
  return rules.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
}

/** The pools that a domain's text fields draw from. */
export function poolsFor(fields: readonly string[]): PoolKind[] {
  const kinds = fields.map((name) => textKindOf(name));
  return [...new Set(kinds.flatMap((kind) => ('pool' in kind ? [kind.pool] : [])))];
}
