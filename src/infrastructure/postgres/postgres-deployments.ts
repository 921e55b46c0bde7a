import type { PoolClient } from 'pg';
import { PenstockError } from '../../domain/errors.js';
import type { Deployment, NewDeployment } from '../../domain/event-pipelines/deployment.js';
import type { DomainConfig } from '../../domain/event-pipelines/domain-config.js';
import type { Deployments } from '../../domain/ports/deployments.port.js';
import { answered } from './answered.js';
import type { PostgresPool } from './postgres-pool.js';

interface DeploymentRow {
  readonly config: DomainConfig;
  readonly environment: string | null;
  readonly deployed_by: string;
  readonly deployed_at: Date;
  readonly created_at: Date;
}

const COLUMNS = 'config, environment, deployed_by, deployed_at, created_at';
/** Those of one installation; more are not listed. */
const MAX_LISTED = 10_000;
const LOCK = "hashtextextended('penstock pipeline ' || $1, 0)";
const BUSY_RETRY_MS = 5000;

/** Deployed domains in PostgreSQL, in the table `penstock.deployment`; a turn is an advisory lock. */
export class PostgresDeployments implements Deployments {
  constructor(
    private readonly pool: PostgresPool,
    private readonly options: { readonly statementTimeoutMs: number },
  ) {}

  async list(): Promise<Deployment[]> {
    const { rows } = await this.pool.query<DeploymentRow>(
      `SELECT ${COLUMNS} FROM penstock.deployment ORDER BY domain COLLATE "C" LIMIT ${MAX_LISTED}`,
    );
    return rows.map(deploymentOf);
  }

  async find(domainName: string): Promise<Deployment | undefined> {
    const { rows } = await this.pool.query<DeploymentRow>(
      `SELECT ${COLUMNS} FROM penstock.deployment WHERE domain = $1`,
      [domainName],
    );
    return rows[0] && deploymentOf(rows[0]);
  }

  async record({ domain, environment, deployedBy }: NewDeployment): Promise<Deployment> {
    const { rows } = await this.pool.query<DeploymentRow>(
      `INSERT INTO penstock.deployment (domain, environment, config, deployed_by) VALUES ($1, $2, $3, $4)
       ON CONFLICT (domain) DO UPDATE SET environment = excluded.environment, config = excluded.config,
         deployed_by = excluded.deployed_by, deployed_at = now()
       RETURNING ${COLUMNS}`,
      [domain.name, environment ?? null, JSON.stringify(domain), deployedBy],
    );
    const [row] = rows;
    if (row === undefined) throw new PenstockError('internal.defect', 'A deployment was not recorded.');
    return deploymentOf(row);
  }

  async remove(domainName: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('DELETE FROM penstock.deployment WHERE domain = $1', [domainName]);
    return rowCount === 1;
  }

  async inTurn<T>(domainName: string, work: () => Promise<T>): Promise<T> {
    const { statementTimeoutMs } = this.options;
    const session = await this.pool.openSession({ statementTimeoutMs });
    let outcome: 'failed' | undefined = 'failed';
    try {
      await this.take(session.client, domainName).catch((cause: unknown) => {
        throw session.translate(cause);
      });
      try {
        return await work();
      } finally {
        const unlocked = session.client.query(`SELECT pg_advisory_unlock(${LOCK})`, [domainName]);
        // Where that fails, the lock goes with the connection.
        outcome = await answered(unlocked, statementTimeoutMs).then(
          () => undefined,
          () => 'failed' as const,
        );
      }
    } finally {
      session.close(outcome);
    }
  }

  private async take(client: PoolClient, domainName: string): Promise<void> {
    const { rows } = await answered(
      client.query<{ taken: boolean }>(`SELECT pg_try_advisory_lock(${LOCK}) AS taken`, [domainName]),
      this.options.statementTimeoutMs,
    );
    if (rows[0]?.taken === true) return;
    const message = `The domain "${domainName}" is being deployed or removed by another process.`;
    throw new PenstockError('pipeline.busy', message, { retryAfterMs: BUSY_RETRY_MS });
  }
}

function deploymentOf({ config, environment, deployed_by, deployed_at, created_at }: DeploymentRow): Deployment {
  return {
    domain: config,
    ...(environment !== null && { environment }),
    deployedAtMs: deployed_at.getTime(),
    createdAtMs: created_at.getTime(),
    deployedBy: deployed_by,
  };
}
