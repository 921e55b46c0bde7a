import type { FollowedDomain } from '../../../domain/event-pipelines/window-table.js';
import type { Deployments } from '../../../domain/ports/deployments.port.js';
import { LateGauge, type LateGaugePorts } from './late-gauge.js';
import { DomainFollower, type DomainFollowerPorts, followedAggregations } from './domain-follower.js';

export interface FollowWorkerPorts extends DomainFollowerPorts, LateGaugePorts {
  readonly deployments: Deployments;
}

/** Longest time for what is under way when the process stops. */
const STOP_MS = 5000;

interface Running {
  readonly version: string;
  readonly stopping: AbortController;
  readonly end: Promise<void>;
}

/** Follows the windows of every deployed domain that somebody wants to be told of, beside the workers of other processes. */
export class FollowWorker {
  private readonly stopping = new AbortController();
  private readonly running = new Map<string, Running>();
  private readonly late: LateGauge;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly id: string,
    private readonly ports: FollowWorkerPorts,
  ) {
    this.late = new LateGauge(ports);
  }

  start(): void {
    this.loop = this.repeat();
  }

  /** Ends with what is being written now, and gives the domains back; what takes too long is left to the fence. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const ended = new AbortController();
    const all = Promise.all([this.loop, ...[...this.running.keys()].map((domain) => this.end(domain))]);
    await Promise.race([all, this.ports.clock.sleep(STOP_MS, ended.signal)]);
    ended.abort();
  }

  private async repeat(): Promise<void> {
    const { clock, limits, log } = this.ports;
    let isWell = true;
    while (!this.stopping.signal.aborted) {
      try {
        await this.plan();
        isWell = true;
      } catch (cause) {
        if (isWell) log.warning('Deployed domains could not be looked at', { reason: nameOf(cause) });
        isWell = false;
      }
      await clock.sleep(limits.planMs, this.stopping.signal);
    }
  }

  private async plan(): Promise<void> {
    const deployed = await this.ports.deployments.list();
    const wanted = new Map(
      deployed.filter(isFollowed).map(({ domain, createdAtMs }) => [domain.name, { domain, createdAtMs }] as const),
    );
    for (const [name, { version }] of this.running) {
      const followed = wanted.get(name);
      if (followed === undefined || version !== versionOf(followed)) await this.end(name);
    }
    for (const [name, followed] of wanted) if (!this.running.has(name)) this.begin(name, followed);
    await this.retire(new Set(wanted.keys()));
    await this.late.read(deployed.map(({ domain }) => domain));
  }

  private begin(name: string, followed: FollowedDomain): void {
    const stopping = new AbortController();
    const end = new DomainFollower(this.ports, followed, this.id).run(stopping.signal);
    this.running.set(name, { version: versionOf(followed), stopping, end });
  }

  private async end(name: string): Promise<void> {
    const running = this.running.get(name);
    running?.stopping.abort();
    await running?.end;
    this.running.delete(name);
  }

  /** Domains that are not deployed any more, or have nothing to be told: what fires is resolved, tables stay. */
  private async retire(wanted: ReadonlySet<string>): Promise<void> {
    const { follows, alerts, clock, limits } = this.ports;
    const followed = new Set((await follows.positions()).map(({ domain }) => domain));
    for (const domain of followed) {
      const lease = wanted.has(domain) ? undefined : await follows.take(domain, this.id, limits.leaseMs);
      if (lease === undefined) continue;
      const resolved = await alerts.pass(lease, [], clock.nowMs());
      // A bounded number at a time: with more to come the domain is looked at again.
      if (resolved.length === 0) await follows.retire(lease, []);
      await follows.release(lease);
    }
  }
}

const isFollowed = ({ domain }: FollowedDomain): boolean => followedAggregations(domain).length > 0;

/** Changes with whatever a follower goes by. */
const versionOf = (followed: FollowedDomain): string => JSON.stringify(followed);

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.message : 'unknown');
