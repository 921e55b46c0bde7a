import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { AmplitudeHours } from '../../src/application/warehouse-loading/amplitude/amplitude-hours.js';
import type { SpooledExport } from '../../src/domain/ports/hour-spool.port.js';
import { readRange } from '../../src/domain/warehouse-loading/amplitude/export-range.js';
import { weeksOf } from '../../src/domain/warehouse-loading/amplitude/iso-week.js';
import { AmplitudeHttpVendor, type VendorOptions } from '../../src/infrastructure/amplitude/amplitude-http-vendor.js';
import { DiskHourSpool, type SpoolLimits } from '../../src/infrastructure/amplitude/disk-hour-spool.js';
import { SystemClock } from '../../src/infrastructure/clock/system-clock.js';
import { UnobservedMetrics } from '../../src/infrastructure/metrics/unobserved-metrics.js';
import { AmplitudeServer, KEYS } from './amplitude-server.js';
import { readZip } from './read-zip.js';

const HOUR_MS = 3_600_000;

/** A clock whose hands a test can move. */
export class MovableClock extends SystemClock {
  aheadMs = 0;

  /** Waits that were asked for; they pass at once, with the hands of the clock. */
  readonly slept: number[] = [];

  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }

  override async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.aheadMs += ms;
  }
}

export interface Archive {
  readonly bytes: Buffer;
  readonly entries: Map<string, Buffer>;
  readonly manifest: Record<string, unknown>;
}

/** The vendor's server, and the adapters that work with it and a folder of their own. */
export class AmplitudeWorld {
  readonly clock = new MovableClock();
  windowHours = 24;
  spoolLimits: SpoolLimits = {
    lagMs: 2 * HOUR_MS,
    maxAnswerBytes: 1e9,
    maxBytes: 1e9,
    keepMs: 72 * HOUR_MS,
  };
  vendorOptions: VendorOptions;

  private constructor(
    readonly server: AmplitudeServer,
    readonly folder: string,
  ) {
    this.vendorOptions = {
      baseUrl: server.url,
      keys: { web: KEYS, mobile: undefined },
      parallel: 4,
      retries: 3,
      retryMinMs: 1,
      retryMaxMs: 1500,
      answerTimeoutMs: 20_000,
      idleTimeoutMs: 20_000,
    };
  }

  static async open(): Promise<AmplitudeWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'penstock-amplitude-'));
    return new AmplitudeWorld(await AmplitudeServer.start(), folder);
  }

  async close(): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  vendor(): AmplitudeHttpVendor {
    return new AmplitudeHttpVendor(this.vendorOptions, this.clock, new UnobservedMetrics());
  }

  spool(): DiskHourSpool {
    return new DiskHourSpool(this.folder, this.spoolLimits, this.clock, new UnobservedMetrics());
  }

  /** As a process that has just begun. */
  hours(): AmplitudeHours {
    const nothing = (): void => {};
    const log = { debug: nothing, info: nothing, warning: nothing, error: nothing };
    const ports = {
      log,
      metrics: new UnobservedMetrics(),
      limits: { windowHours: this.windowHours, objectPrefix: 'amplitude/' },
    };
    return new AmplitudeHours(this.vendor(), this.spool(), this.clock, ports);
  }

  gather(start: string, end: string, signal: AbortSignal = new AbortController().signal): Promise<SpooledExport> {
    return this.hours().gather({ exported: { source: 'web', ...readRange(start, end) }, signal });
  }

  async export(start: string, end: string): Promise<Archive> {
    const exported = { source: 'web', ...readRange(start, end) } as const;
    const opened = await this.gather(start, end);
    const bytes = await buffer(opened.archive(exported, weeksOf(exported), new AbortController().signal));
    await opened.close();
    const entries = await readZip(bytes);
    const manifest = JSON.parse(String(entries.get('manifest.json'))) as Record<string, unknown>;
    return { bytes, entries, manifest };
  }
}
