import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Aggregation } from '../../../src/domain/event-pipelines/domain-config.js';
import { DeployedEcommerce, REVENUE, VISITORS } from '../../support/deployed-domain.js';
import { freshName } from '../../support/engine-of.js';
import { HOW_TO, TEST_BROKERS } from '../../support/kafka-broker.js';
import { RunningPenstock } from '../../support/running-penstock.js';

const PATIENCE_MS = 240_000;
const EVENTS = 2000;
const PARTITIONS = 3;

describe.skipIf(TEST_BROKERS === undefined)(`a pipeline over topics of Kafka${HOW_TO}`, () => {
  let penstock: RunningPenstock;
  let config: string;
  beforeAll(async () => {
    config = await mkdtemp(join(tmpdir(), 'penstock-kafka-domains-'));
    await cp(resolve('config'), config, { recursive: true });
    const platform = join(config, 'platform.yaml');
    const text = await readFile(platform, 'utf8');
    const stream = `transport: kafka\n  prefix: ${freshName('events')}\n  shards: ${PARTITIONS}\n`;
    await writeFile(platform, text.replace(/transport: kinesis\n.*\n +shards: 1\n/u, stream));
    penstock = await RunningPenstock.start({ DOMAINS_DIR: config, KAFKA_BOOTSTRAP_SERVERS: TEST_BROKERS ?? '' });
  }, PATIENCE_MS);
  afterAll(async () => {
    await penstock?.stop();
    await rm(config, { recursive: true, force: true });
  }, PATIENCE_MS);

  it(
    'has in its windows what is in its events, though late and repeated, and though it was killed',
    async () => {
      const ecommerce = new DeployedEcommerce(penstock);
      const agree = async (aggregation: Aggregation): Promise<number> => {
        const { windows, expected, late, expectedLate } = await ecommerce.compare(aggregation);
        expect(windows).toEqual(expected);
        expect(late).toEqual(expectedLate);
        return windows.length;
      };
      expect(await ecommerce.deploy()).toMatchObject({ status: 200, body: { domain: 'ecommerce' } });
      const connectors = (await penstock.get('/api/connectors'))['connectors'] as { streamName: string }[];
      expect(connectors.map(({ streamName }) => streamName)).toEqual(
        connectors.map(() => expect.stringMatching(/^kafka:events/u)),
      );
      const faults = ['--late', '0.1', '--duplicates', '0.1'];
      const words = ['events', 'produce', 'ecommerce', '--count', String(EVENTS), '--seed', '7', ...faults];
      const produced = await penstock.cliJson(...words);
      expect(produced).toMatchObject({ sent: EVENTS, errors: 0 });
      const { duplicate } = produced['faults'] as { duplicate: number };
      expect(duplicate).toBeGreaterThan(0);
      await ecommerce.untilStored(1);
      await penstock.kill();
      await penstock.serve();
      expect(await ecommerce.untilStored(EVENTS - duplicate)).toBe(EVENTS - duplicate);
      expect(await agree(REVENUE)).toBeGreaterThan(5);
      expect(await agree(VISITORS)).toBeGreaterThan(5);
    },
    PATIENCE_MS,
  );
});
