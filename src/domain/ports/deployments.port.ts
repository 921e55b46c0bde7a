import type { Deployment, NewDeployment } from '../event-pipelines/deployment.js';

/**
 * The domains that are deployed, by name: what aggregates, alerts and sinks go by after a restart, whatever has become of
 * the files since.
 *
 * @throws PenstockError `database.unreachable`
 */
export abstract class Deployments {
  /** By name. */
  abstract list(): Promise<Deployment[]>;

  /** Undefined: it is not deployed. */
  abstract find(domainName: string): Promise<Deployment | undefined>;

  /** Instead of the one there was of this domain. */
  abstract record(deployment: NewDeployment): Promise<Deployment>;

  /** @returns whether there was one */
  abstract remove(domainName: string): Promise<boolean>;

  /**
   * Runs the work while no other process deploys or removes this domain; the turn ends with the process that has it.
   * Should the turn be lost on the way (its database restarted) the work still runs to its end: it is made to survive that.
   *
   * @throws PenstockError `pipeline.busy` when another has its turn
   */
  abstract inTurn<T>(domainName: string, work: () => Promise<T>): Promise<T>;
}
