import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import pRetry from 'p-retry';
import { ListHealthProbesQuery } from '../../application/operation/list-health-probes.query.js';
import { PublishSessionsCommand } from '../../application/demonstration/publish-sessions.command.js';
import { RunQueryQuery } from '../../application/stream-onboarding/run-query.query.js';
import { ShowConnectorQuery } from '../../application/stream-onboarding/show-connector.query.js';
import { PenstockError } from '../../domain/errors.js';
import { type Damage, DAMAGES } from '../../domain/event-pipelines/damaged-event.js';
import type { LiveScreen } from '../terminal/live-screen.js';
import { openSales } from './open-sales.js';
import { openShop, type Shop } from './open-shop.js';
import { lineOf, type Moment, pictureOf, welcomeText } from './picture.js';
import { SESSION_MS, SHOP } from './shop.js';

const TICK_MS = 1000;
const SESSIONS_PER_TICK = 3;
/** One tick in so many has a damaged event. */
const TICKS_PER_DAMAGE = 15;
const TICKS_PER_LINE = 5;
/** Engines may be away for a while, and come back. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
/** While engines start, attempts are expected to fail. */
const READY_ATTEMPTS = 6;
const CHECK_MS = 120_000;
/** What is under way when the service stops may end within this time; whatever it was, the next start bears it. */
const STOP_MS = 2000;

const MINUTES = `
  SELECT formatDateTime(minute, '%H:%i') AS minute, ${SHOP.groupColumn}, events
  FROM ${SHOP.database}.${SHOP.perMinute} AS counted WHERE counted.minute > now() - INTERVAL 5 MINUTE ORDER BY counted.minute`;

/** Shows the service at work: onboards a shop's stream as a person would, and goes on visiting the shop. */
@Injectable()
export class Demonstration implements OnModuleDestroy {
  private readonly logger = new Logger('Demonstration');
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private published = 0;
  private damaged = 0;

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Goes on until the service stops. @param samples folder of the files that are imported */
  start(url: string, screen: LiveScreen, samples: string): void {
    this.running = this.run(url, screen, samples).catch((error: unknown) => {
      if (!this.stopping.signal.aborted) this.logger.error('The demonstration ends by a defect.', error);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.race([this.running, sleep(STOP_MS, undefined, { ref: false })]);
  }

  private async run(url: string, screen: LiveScreen, samples: string): Promise<void> {
    try {
      screen.say(welcomeText(url));
      await this.persist(() => this.checkEngines(), READY_ATTEMPTS);
      const buses = { commands: this.commands, queries: this.queries };
      await this.persist(() => openSales(buses, samples, (lines) => screen.say(lines)));
      const shop = await this.persist(() => openShop(buses, (lines) => screen.say(lines)));
      this.published = shop.published;
      for (let tick = 0; !this.stopping.signal.aborted; tick += 1) {
        await this.persist(() => this.visit(damageOf(tick)));
        const moment = await this.persist(() => this.look(shop));
        if (screen.canRedraw) screen.draw(pictureOf(moment));
        else if (tick % TICKS_PER_LINE === 0) screen.say([lineOf(moment)]);
        await sleep(TICK_MS, undefined, { signal: this.stopping.signal });
      }
    } finally {
      screen.end();
    }
  }

  /** Every engine, and what the service makes in them when it first starts. */
  private async checkEngines(): Promise<void> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(CHECK_MS)]);
    const probes = await this.queries.execute(new ListHealthProbesQuery());
    // A stream that stalls, perhaps somebody's own, is no reason to wait.
    const engines = probes.filter(({ name }) => name !== 'streams');
    await Promise.all(engines.map((engine) => engine.check(signal)));
  }

  private async visit(damage: Damage | undefined): Promise<void> {
    const nowMs = Date.now();
    const visits = {
      sessions: SESSIONS_PER_TICK,
      seed: nowMs,
      startMs: nowMs - SESSION_MS,
      spanMs: TICK_MS,
      ...(damage && { damage }),
    };
    const { published } = await this.commands.execute(new PublishSessionsCommand(SHOP.stream, visits));
    const damaged = damage === undefined ? 0 : 1;
    this.published += published - damaged;
    this.damaged += damaged;
  }

  private async look({ connectorId, tableName }: Shop): Promise<Moment> {
    const [connector, counted, minutes] = await Promise.all([
      this.queries.execute(new ShowConnectorQuery(connectorId)),
      this.queries.execute(new RunQueryQuery(`SELECT count() AS rows FROM ${SHOP.database}.${tableName}`)),
      this.queries.execute(new RunQueryQuery(MINUTES)),
    ]);
    const { published, damaged } = this;
    return { connector, published, damaged, rows: Number(counted.data[0]?.['rows']), minutes: minutes.data };
  }

  /** Until it works, or the service stops; says so when that many attempts have failed. */
  private persist<T>(step: () => Promise<T>, patience = 1): Promise<T> {
    return pRetry(step, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      signal: this.stopping.signal,
      shouldRetry: ({ error }) => error instanceof PenstockError,
      onFailedAttempt: ({ error, attemptNumber }) => {
        const isNews = attemptNumber === patience && !this.stopping.signal.aborted;
        if (isNews && error instanceof PenstockError) this.logger.warn(`The demonstration waits: ${error.message}`);
      },
    });
  }
}

/** Soon, and then now and then; each kind in turn. */
function damageOf(tick: number): Damage | undefined {
  return tick % TICKS_PER_DAMAGE === 1 ? DAMAGES[Math.floor(tick / TICKS_PER_DAMAGE) % DAMAGES.length] : undefined;
}
