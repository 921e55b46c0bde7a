import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '../engines.js';
import { readJsonFile, writeJsonFile } from './home-files.js';

/** How long the engine of a killed supervisor may take to leave its port, before another port is chosen. */
const PORT_WAIT_MS = 5_000;
const PORT_POLL_MS = 50;

type Ports = Partial<Record<EngineName, number>>;

/** The ports engines had last time. They get the same again, so that clients find them where they were. */
export class RememberedPorts {
  private constructor(
    private readonly file: string,
    private ports: Ports,
    private readonly waitMs: number,
  ) {}

  static async load(file: string, waitMs = PORT_WAIT_MS): Promise<RememberedPorts> {
    // Losing this file costs nobody anything, so that a damaged one is as good as none.
    const ports = await readJsonFile<Ports>(file).catch(() => undefined);
    return new RememberedPorts(file, ports ?? {}, waitMs);
  }

  /** The port to use: the remembered one if it is free or becomes so, else 0, any. */
  async choose(engine: EngineName, host: string): Promise<number> {
    const port = this.ports[engine];
    if (!isPort(port)) return 0;
    const deadline = Date.now() + this.waitMs;
    for (;;) {
      if (await isFree(port, host)) return port;
      if (Date.now() > deadline) return 0;
      await sleep(PORT_POLL_MS);
    }
  }

  async remember(engine: EngineName, port: number): Promise<void> {
    if (this.ports[engine] === port) return;
    this.ports = { ...this.ports, [engine]: port };
    await writeJsonFile(this.file, this.ports);
  }
}

function isPort(port: unknown): port is number {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
