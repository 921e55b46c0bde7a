import { QueryBus } from '@nestjs/cqrs';
import { Command, CommandRunner } from 'nest-commander';
import {
  type ListHealthProbesHandler,
  ListHealthProbesQuery,
} from '../../../application/operation/list-health-probes.query.js';
import { PenstockError } from '../../../domain/errors.js';
import { answer } from '../answer.js';
import { EXIT } from '../exit-codes.js';
import { ExitSignal } from '../exit-signal.js';
import { Progress } from '../progress.js';
import { textTable } from '../text-table.js';
import { JSON_OPTION, SharedOptions } from '../shared-options.js';

type Probe = Awaited<ReturnType<ListHealthProbesHandler['execute']>>[number];

interface Finding {
  readonly engine: string;
  readonly status: 'up' | 'down';
  readonly latencyMs: number;
  readonly reason?: string;
}

/** An embedded engine that does not run yet is started by the check. */
const PROBE_TIMEOUT_MS = 120_000;

@Command({ name: 'health', description: 'Check every engine the service works with' })
@SharedOptions(JSON_OPTION)
export class CheckHealthCli extends CommandRunner {
  constructor(
    private readonly queries: QueryBus,
    private readonly progress: Progress,
  ) {
    super();
  }

  override async run(_: string[], { json }: { readonly json?: boolean }): Promise<void> {
    const probes = await this.queries.execute(new ListHealthProbesQuery());
    const findings = await this.progress.during('Checking engines', () => Promise.all(probes.map(ask)));
    const isUp = findings.every(({ status }) => status === 'up');
    const rows = findings.map(({ engine, status, latencyMs, reason }) => [engine, status, latencyMs, reason]);
    const lines = textTable(['engine', 'status', 'latency ms', 'reason'], rows);
    answer({ status: isUp ? 'up' : 'down', engines: findings }, lines, json);
    if (!isUp) throw new ExitSignal(EXIT.unavailable);
  }
}

async function ask(probe: Probe): Promise<Finding> {
  const startedAt = performance.now();
  const latencyMs = (): number => Math.round(performance.now() - startedAt);
  try {
    await probe.check(AbortSignal.timeout(PROBE_TIMEOUT_MS));
    return { engine: probe.name, status: 'up', latencyMs: latencyMs() };
  } catch (error) {
    const reason = error instanceof PenstockError ? error.message : 'does not work';
    return { engine: probe.name, status: 'down', latencyMs: latencyMs(), reason };
  }
}
