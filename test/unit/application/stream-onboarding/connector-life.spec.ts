import { describe, expect, it } from 'vitest';
import { CallerSessions } from '../../../../src/application/stream-onboarding/caller-sessions.js';
import {
  ConnectorPorts,
  CREATION_GRACE_MS,
  tidyConnector,
} from '../../../../src/application/stream-onboarding/connector-life.js';
import {
  CreateStreamTableCommand,
  CreateStreamTableHandler,
  type StreamTableRequest,
} from '../../../../src/application/stream-onboarding/create-stream-table.command.js';
import {
  PauseConnectorCommand,
  PauseConnectorHandler,
} from '../../../../src/application/stream-onboarding/pause-connector.command.js';
import {
  RemoveConnectorCommand,
  RemoveConnectorHandler,
} from '../../../../src/application/stream-onboarding/remove-connector.command.js';
import { StreamAccess } from '../../../../src/application/stream-onboarding/stream-access.js';
import { PenstockError } from '../../../../src/domain/errors.js';
import { SystemClock } from '../../../../src/infrastructure/clock/system-clock.js';
import {
  Dead,
  Death,
  MemoryConnectors,
  MemoryLeases,
  MemoryStreams,
  MemoryTables,
} from '../../../support/onboarding-memory.js';

const LIMITS = { defaultDatabase: 'default', sessionTtlMs: 1000, maxSessions: 10, queryTimeoutMs: 1000 };
const REQUEST: StreamTableRequest = {
  streamName: 'clicks',
  tableName: 'clicks',
  schema: [
    { name: 'note', type: 'Nullable(String)' },
    { name: 'id', type: 'Int64' },
  ],
};

function world() {
  const death = new Death();
  const connectors = new MemoryConnectors(death);
  const tables = new MemoryTables(death);
  const leases = new MemoryLeases(death);
  const streams = new MemoryStreams();
  streams.put('clicks', 0, '{"id":1}');
  const clock = new SystemClock();
  const sessions = new CallerSessions(clock, LIMITS);
  const ports = new ConnectorPorts(connectors, tables, leases);
  const create = new CreateStreamTableHandler(new StreamAccess(streams, sessions), ports, clock, LIMITS);
  /** Another process, later: no death, and everything old enough. */
  const tidyAll = async (): Promise<void> => {
    death.at = Number.POSITIVE_INFINITY;
    for (const connector of await connectors.list()) {
      await tidyConnector(ports, connector, Date.now() + CREATION_GRACE_MS + 1);
    }
  };
  return { death, connectors, tables, leases, streams, sessions, ports, create, tidyAll };
}

const onlyConnector = ({ connectors }: ReturnType<typeof world>) => [...connectors.all.values()][0]!;
const onlyTable = ({ tables }: ReturnType<typeof world>) => tables.all.get('default.clicks');

/** A running connector with its own table, or neither. */
function hangsTogether(here: ReturnType<typeof world>): boolean {
  const [connector, table] = [here.connectors.all.values().next().value, onlyTable(here)];
  if (connector === undefined || table === undefined) return connector === undefined && table === undefined;
  return connector.state === 'running' && connector.tableUuid === table.uuid && table.connectorId === connector.id;
}

describe('creating the table of a stream', () => {
  it('answers as the document of the Kinesis Connector does, and runs', async () => {
    const here = world();
    const receipt = await here.create.execute(new CreateStreamTableCommand(REQUEST));
    expect(receipt).toEqual({
      create_table_query: expect.stringContaining('CREATE TABLE default.clicks'),
      message: expect.any(String),
      streamARN: 'arn:aws:kinesis:us-west-1:1:stream/clicks',
      success: true,
      tableUUID: onlyTable(here)!.uuid,
      connectorId: onlyConnector(here).id,
    });
    expect(receipt.create_table_query).toContain('PRIMARY KEY id');
    expect(onlyConnector(here)).toMatchObject({
      state: 'running',
      tableUuid: receipt.tableUUID,
      startFrom: 'TRIM_HORIZON',
    });
  });

  it('waits for a resume when it is asked to', async () => {
    const here = world();
    await here.create.execute(new CreateStreamTableCommand({ ...REQUEST, paused: true }));
    expect(onlyConnector(here).state).toBe('paused');
  });

  it('sorts by nothing when every column is Nullable', async () => {
    const here = world();
    const schema = [{ name: 'note', type: 'Nullable(String)' }];
    await here.create.execute(new CreateStreamTableCommand({ ...REQUEST, schema }));
    expect(onlyConnector(here).orderBy).toEqual([]);
  });

  it('pins LATEST to the moment of the request', async () => {
    const here = world();
    const before = Date.now();
    await here.create.execute(new CreateStreamTableCommand({ ...REQUEST, startFrom: 'LATEST' }));
    const { startFrom } = onlyConnector(here);
    expect((startFrom as { atMs: number }).atMs).toBeGreaterThanOrEqual(before);
  });

  it.each([
    [{ schema: [{ name: 'x', type: 'Nonsense' }] }, 'schema.invalid'],
    [{ orderBy: ['note'] }, 'schema.invalid'],
    [{ tableName: ' ' }, 'identifier.invalid'],
    [{ startFrom: '2025-01-31' }, 'request.invalid'],
    [{ streamName: 'nowhere' }, 'stream.unknown'],
  ])('creates nothing for %j', async (change, code) => {
    const here = world();
    await expect(here.create.execute(new CreateStreamTableCommand({ ...REQUEST, ...change }))).rejects.toMatchObject({
      code,
    });
    expect(here.connectors.all.size + here.tables.all.size).toBe(0);
  });

  it('refuses the same request a second time and leaves the first as it is', async () => {
    const here = world();
    await here.create.execute(new CreateStreamTableCommand(REQUEST));
    const first = onlyConnector(here);
    const again = here.create.execute(new CreateStreamTableCommand(REQUEST));
    await expect(again).rejects.toMatchObject({ code: 'table.exists', message: expect.stringContaining(first.id) });
    expect([...here.connectors.all.values()]).toEqual([first]);
  });

  it('lets exactly one of many simultaneous requests win', async () => {
    const here = world();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => here.create.execute(new CreateStreamTableCommand(REQUEST))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(here.connectors.all.size).toBe(1);
    expect(onlyTable(here)!.connectorId).toBe(onlyConnector(here).id);
  });

  it('says so when only the caller, and not the service, can read the stream', async () => {
    const here = world();
    here.streams.callersOnly.add('clicks');
    const { id } = here.sessions.open({ accessKey: 'good', secretKey: 's' });
    const made = here.create.execute(new CreateStreamTableCommand(REQUEST, id));
    await expect(made).rejects.toMatchObject({ code: 'stream.forbidden' });
    expect(here.connectors.all.size).toBe(0);
  });

  it('takes the table back when the connector cannot be set running', async () => {
    const here = world();
    const change = here.connectors.change.bind(here.connectors);
    here.connectors.change = (connector, wanted) =>
      wanted.state === 'running'
        ? Promise.reject(new PenstockError('store.unreachable', 'The store is away.'))
        : change(connector, wanted);
    const made = here.create.execute(new CreateStreamTableCommand(REQUEST));
    await expect(made).rejects.toMatchObject({ code: 'store.unreachable' });
    expect(here.connectors.all.size + here.tables.all.size).toBe(0);
  });

  it('takes the table back when somebody has given the connector up meanwhile', async () => {
    const here = world();
    const create = here.tables.create.bind(here.tables);
    here.tables.create = (definition) => {
      here.connectors.all.clear();
      return create(definition);
    };
    const made = here.create.execute(new CreateStreamTableCommand(REQUEST));
    await expect(made).rejects.toMatchObject({ code: 'connector.conflict' });
    expect(here.tables.all.size).toBe(0);
  });

  it('is brought to an end by a worker wherever the process dies', async () => {
    const steps = world();
    await steps.create.execute(new CreateStreamTableCommand(REQUEST));
    expect(steps.death.calls).toBeGreaterThan(2);
    for (let at = 0; at < steps.death.calls; at += 0.5) {
      const here = world();
      here.death.at = at;
      await expect(here.create.execute(new CreateStreamTableCommand(REQUEST))).rejects.toThrow(Dead);
      await here.tidyAll();
      await here.tidyAll();
      expect(hangsTogether(here), `death at ${at}`).toBe(true);
    }
  });

  it('is left alone by workers while its request may still be at work', async () => {
    const here = world();
    here.death.at = 1;
    await expect(here.create.execute(new CreateStreamTableCommand(REQUEST))).rejects.toThrow(Dead);
    here.death.at = Number.POSITIVE_INFINITY;
    await tidyConnector(here.ports, onlyConnector(here), Date.now());
    expect(onlyConnector(here).state).toBe('creating');
  });

  it('gives way when a worker finds a stranger under its name', async () => {
    const here = world();
    here.death.at = 1;
    await expect(here.create.execute(new CreateStreamTableCommand(REQUEST))).rejects.toThrow(Dead);
    here.death.at = Number.POSITIVE_INFINITY;
    const name = { database: 'default', table: 'clicks' };
    const stranger = await here.tables.create({
      name,
      columns: [{ name: 'a', type: 'String' }],
      orderBy: [],
      connectorId: 'other',
    });
    await here.tidyAll();
    expect(here.connectors.all.size).toBe(0);
    expect(onlyTable(here)!.uuid).toBe(stranger.uuid);
  });
});

describe('removing a connector', () => {
  async function running() {
    const here = world();
    const { connectorId } = await here.create.execute(new CreateStreamTableCommand(REQUEST));
    await here.leases.create({ connectorId, shardId: 'shardId-0', parentShardIds: [] });
    return { ...here, connectorId, remove: new RemoveConnectorHandler(here.ports) };
  }

  it.each([
    [{}, 1],
    [{ dropTable: true }, 0],
  ])('takes leases and mapping, with %j, and leaves this many tables: %i', async (options, tables) => {
    const here = await running();
    await here.remove.execute(new RemoveConnectorCommand(here.connectorId, options));
    expect([here.connectors.all.size, here.leases.all.size, here.tables.all.size]).toEqual([0, 0, tables]);
  });

  it.each([false, true])('can be asked for again wherever it died, dropTable: %s', async (dropTable) => {
    const steps = await running();
    const before = steps.death.calls;
    await steps.remove.execute(new RemoveConnectorCommand(steps.connectorId, { dropTable }));
    for (let at = before; at < steps.death.calls; at += 0.5) {
      const here = await running();
      here.death.at = at;
      await expect(here.remove.execute(new RemoveConnectorCommand(here.connectorId, { dropTable }))).rejects.toThrow(
        Dead,
      );
      here.death.at = Number.POSITIVE_INFINITY;
      const again = here.remove.execute(new RemoveConnectorCommand(here.connectorId, { dropTable }));
      const outcome = await again.then(
        () => 'removed',
        (error: { code?: string }) => error.code,
      );
      expect(['removed', 'connector.unknown']).toContain(outcome);
      const left = [here.connectors.all.size, here.leases.all.size, here.tables.all.size];
      expect(left, `death at ${at}`).toEqual([0, 0, dropTable ? 0 : 1]);
    }
  });

  it('drops no table under a connector that still copies', async () => {
    const here = await running();
    const drop = here.tables.drop.bind(here.tables);
    const states: string[] = [];
    here.tables.drop = (name, uuid) => {
      states.push(onlyConnector(here).state);
      return drop(name, uuid);
    };
    await here.remove.execute(new RemoveConnectorCommand(here.connectorId, { dropTable: true }));
    expect(states).toEqual(['paused']);
  });

  it('is finished by a worker, which keeps the table', async () => {
    const here = await running();
    here.death.at = here.death.calls + 1.5; // after the state was set
    await expect(here.remove.execute(new RemoveConnectorCommand(here.connectorId))).rejects.toThrow(Dead);
    await here.tidyAll();
    expect([here.connectors.all.size, here.leases.all.size, here.tables.all.size]).toEqual([0, 0, 1]);
  });

  it('is not known afterwards', async () => {
    const here = await running();
    await here.remove.execute(new RemoveConnectorCommand(here.connectorId));
    const pause = new PauseConnectorHandler(here.connectors, here.leases);
    for (const late of [
      here.remove.execute(new RemoveConnectorCommand(here.connectorId)),
      pause.execute(new PauseConnectorCommand(here.connectorId)),
    ]) {
      await expect(late).rejects.toMatchObject({ code: 'connector.unknown' });
    }
  });
});

describe('pausing', () => {
  it('succeeds beside somebody who keeps changing the connector, and twice is once', async () => {
    const here = world();
    const { connectorId } = await here.create.execute(new CreateStreamTableCommand(REQUEST));
    const pause = new PauseConnectorHandler(here.connectors, here.leases);
    const evolve = async (): Promise<unknown> =>
      here.connectors.change(onlyConnector(here), { columns: REQUEST.schema });
    const [view] = await Promise.all([pause.execute(new PauseConnectorCommand(connectorId)), evolve()]);
    expect(view.state).toBe('paused');
    const { revision } = onlyConnector(here);
    expect((await pause.execute(new PauseConnectorCommand(connectorId))).state).toBe('paused');
    expect(onlyConnector(here).revision).toBe(revision);
  });
});
