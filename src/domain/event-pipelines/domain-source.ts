import type { AggregationKind, Comparison, Transport } from './domain-config.js';

/** A domain as its files spell it, after they were merged and found right; docs/domains.md explains every key. */
export interface DomainSource {
  readonly description?: string;
  readonly namespace: string;
  readonly entity: { readonly name: string; readonly primary_key: string };
  readonly event_types: readonly EventTypeSource[];
  readonly aggregations: readonly AggregationSource[];
  readonly alerts: readonly AlertSource[];
  readonly synthetic: { readonly user_pool_size: number; readonly purchase_conversion_rate: number };
  readonly stream: { readonly transport: Transport; readonly prefix: string; readonly shards: number };
  readonly warehouse: { readonly database: string };
  readonly postgres?: { readonly schema?: string; readonly delay?: DurationSource };
  readonly secrets?: { readonly backend?: SecretBackend };
}

/** `1 minute`, `PT1M`, or milliseconds. */
export type DurationSource = string | number;

export interface EventTypeSource {
  readonly name: string;
  readonly attributes?: readonly string[];
  readonly metrics?: readonly string[];
  readonly dimensions?: readonly string[];
}

export interface AggregationSource {
  readonly name: string;
  readonly event_type: string;
  readonly type: AggregationKind;
  readonly field?: string;
  readonly window: {
    readonly type: 'tumbling' | 'sliding';
    readonly duration: DurationSource;
    readonly slide?: DurationSource;
  };
  readonly group_by?: readonly string[];
  readonly filter?: readonly ConditionSource[] | Readonly<Record<string, ConditionSource['value']>>;
  readonly allowed_lateness?: DurationSource;
}

export interface ConditionSource {
  readonly field: string;
  readonly op?: Comparison;
  readonly value: string | number | boolean;
}

export interface AlertSource {
  readonly name: string;
  readonly aggregation: string;
  readonly op: Comparison;
  readonly threshold: number;
  readonly severity?: 'info' | 'warning' | 'critical';
}

/** Where `${secret:KEY}` is looked up. */
export const SECRET_BACKENDS = ['env', 'file', 'vault', 'aws'] as const;
export type SecretBackend = (typeof SECRET_BACKENDS)[number];

/** What holds where no file says anything else: the layer below `platform.yaml`. */
export const DOMAIN_DEFAULTS = {
  namespace: 'com.streaming.events',
  aggregations: [],
  alerts: [],
  synthetic: { user_pool_size: 100, purchase_conversion_rate: 0.35 },
  stream: { transport: 'kinesis', prefix: 'events', shards: 1 },
  warehouse: { database: 'default' },
} as const satisfies Partial<DomainSource>;

/** What holds within the items of lists, which are not merged, and in `postgres`, which need not be there. */
export const ITEM_DEFAULTS = {
  allowed_lateness: '1 minute',
  severity: 'warning',
  op: '=',
  postgres: { schema: 'public', delay: '5 seconds' },
} as const;
