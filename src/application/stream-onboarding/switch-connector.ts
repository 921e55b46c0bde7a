import { PenstockError } from '../../domain/errors.js';
import type { Connectors } from '../../domain/ports/connectors.port.js';
import type { Connector } from '../../domain/stream-onboarding/connector.js';
import { changeConnector } from './connector-life.js';

/**
 * Sets a connector running or paused, whichever of the two it was.
 *
 * @throws PenstockError `connector.unknown`, `connector.conflict` while it is being made or removed
 */
export async function switchConnector(
  connectors: Connectors,
  id: string,
  state: 'running' | 'paused',
): Promise<Connector> {
  const connector = await changeConnector(connectors, id, (now) => {
    requireReady(now);
    return now.state === state ? undefined : { state };
  });
  return connector ?? connectors.get(id); // which says that it is unknown
}

/** @throws PenstockError `connector.conflict` */
export function requireReady({ id, state }: Connector): void {
  if (state === 'running' || state === 'paused') return;
  const what = state === 'creating' ? 'still being made' : 'being removed';
  throw new PenstockError('connector.conflict', `The connector "${id}" is ${what}.`);
}
