import { PenstockError } from '../../domain/errors.js';
import type { Aggregation, DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import type { Deployments } from '../../domain/ports/deployments.port.js';

/** The domain as it was deployed. @throws PenstockError `pipeline.unknown` */
export async function deployedDomain(deployments: Deployments, name: string): Promise<DomainConfig> {
  const deployment = await deployments.find(name);
  if (deployment !== undefined) return deployment.domain;
  throw new PenstockError('pipeline.unknown', `The domain "${name}" is not deployed.`);
}

/** One aggregation of it, or all. @throws PenstockError `aggregation.unknown` */
export function aggregationsOf({ name, aggregations }: DomainConfig, wanted?: string): readonly Aggregation[] {
  if (wanted === undefined) return aggregations;
  const found = aggregations.filter((aggregation) => aggregation.name === wanted);
  if (found.length > 0) return found;
  throw new PenstockError('aggregation.unknown', `The domain "${name}" has no aggregation "${wanted}".`);
}
