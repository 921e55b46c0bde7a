import { cpuMs, peakRssMb } from './process-figures.js';

/** What one run of one way did: `items` in `wallMs`, and what it cost the process that is charged with it. */
export interface Figures {
  readonly items: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
}

/** The limit is what nobody can be faster than, a peer is how others do it. */
export type Role = 'limit' | 'peer' | 'ours';

export interface Contender {
  readonly role: Role;
  readonly name: string;
  run(round: number): Promise<Figures>;
}

export interface Measured {
  readonly role: Role;
  readonly name: string;
  /** One of each round. */
  readonly figures: readonly Figures[];
}

/** Runs all ways in turn, round by round, so that whatever else the machine does meets all of them; one round warms up. */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Measured[]> {
  const figures = new Map(contenders.map((each): [Contender, Figures[]] => [each, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const run = await contender.run(round);
      if (round > 0) figures.get(contender)?.push(run);
    }
  }
  return contenders.map((each) => ({ role: each.role, name: each.name, figures: figures.get(each) ?? [] }));
}

/** A way that runs in this process. */
export function way(role: Role, name: string, items: number, work: () => Promise<unknown>): Contender {
  const run = async (): Promise<number> => {
    await work();
    return items;
  };
  return { role, name, run: () => timed(run) };
}

/** Times the work; processor time and memory are those of `pid`. */
export async function timed(work: () => Promise<number>, pid: number | 'self' = 'self'): Promise<Figures> {
  const [cpuBefore, begun] = [cpuMs(pid), performance.now()];
  const items = await work();
  const wallMs = performance.now() - begun;
  return { items, wallMs, cpuMs: cpuMs(pid) - cpuBefore, peakRssMb: peakRssMb(pid) };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between two values, the mean of both by their distance. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
}
