import type { EventConnectorState } from '../../../domain/ports/event-connectors.port.js';
import type { Connector } from '../../../domain/stream-onboarding/connector.js';
import { connectorView } from '../../../domain/stream-onboarding/connector-view.js';
import type { Lease } from '../../../domain/stream-onboarding/lease.js';
import { type DomainConfig, streamNameOf } from '../../../domain/event-pipelines/domain-config.js';
import { eventTableOf } from '../../../domain/event-pipelines/event-table.js';

/** How an event type is doing, from its connector and leases; without them, it is not deployed. */
export function eventConnectorState(
  domain: DomainConfig,
  eventType: string,
  found: { readonly connector: Connector; readonly leases: readonly Lease[]; readonly nowMs: number } | undefined,
): EventConnectorState {
  const head = { eventType, streamName: streamNameOf(domain, eventType), table: eventTableOf(domain, eventType) };
  if (found === undefined) return { ...head, state: 'absent', rows: 0, duplicates: 0, deadLetters: 0 };
  const { connector, leases, nowMs } = found;
  const { rows, duplicates = 0, deadLetters, lagRecords, lagMs, watermark, stalled } = connectorView(connector, leases);
  const watermarkMs = watermark === undefined ? undefined : Date.parse(watermark);
  return {
    ...head,
    connectorId: connector.id,
    state: connector.state,
    rows,
    duplicates,
    deadLetters,
    ...(lagRecords !== undefined && { lagRecords }),
    ...(lagMs !== undefined && { lagMs }),
    ...(watermarkMs !== undefined && { watermarkMs, watermarkDelayMs: Math.max(0, nowMs - watermarkMs) }),
    ...(stalled !== undefined && { stalled }),
  };
}
