import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Contender, type Figures, type Measured, measure, median } from './rounds.js';

type Cell = string | number;

/** A figure to be held to: in words what is divided by what, and which way is good. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly spread: readonly [number, number];
  readonly better: 'higher' | 'lower';
  readonly target?: number;
  readonly stretch?: number;
}

/** Which of the ways to divide by which, and what for: items a second and item, or processor time of an item. */
export interface Comparison {
  readonly name: string;
  readonly of: string;
  readonly by: string;
  readonly what: 'throughput' | 'cpu';
  readonly target?: number;
  readonly stretch?: number;
}

interface Table {
  readonly title: string;
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly ratios: readonly Ratio[];
}

interface Results {
  readonly date: string;
  readonly machine: Readonly<Record<string, Cell>>;
  readonly rounds: number;
  readonly peers: Readonly<Record<string, string>>;
  readonly tables: readonly Table[];
}

const DEFAULT_ROUNDS = 5;
/** A ratio that is worse than the committed one by more than this share is pointed out. */
const TOLERANCE = 0.2;

/** One benchmark: collects tables, prints them, compares them with the committed ones and writes them down. */
export class Report {
  readonly rounds: number;
  private readonly peers: Record<string, string> = {};
  private readonly tables: Table[] = [];

  constructor(private readonly name: string) {
    const at = process.argv.indexOf('--rounds');
    this.rounds = at < 0 ? DEFAULT_ROUNDS : Number(process.argv[at + 1]);
    if (!(this.rounds >= 1)) throw new Error('--rounds takes a number.');
  }

  /** Says whether a peer is on this machine, and which. */
  peer(name: string, found: string): void {
    this.peers[name] = found;
    console.log(`${name}: ${found}`);
  }

  async compare(title: string, contenders: readonly Contender[], comparisons: readonly Comparison[]): Promise<void> {
    const measured = await measure(contenders, this.rounds);
    const ratios = comparisons.map((comparison) => ratioOf(comparison, measured));
    this.add({ title, rows: measured.map(rowOf), ratios });
  }

  add(table: Table): void {
    this.tables.push(table);
    console.log(`\n${table.title}`);
    console.table(Object.fromEntries(table.rows.map((row, index) => [index + 1, row])));
    for (const ratio of table.ratios) console.log(`  ${ratioLine(ratio)}`);
  }

  /** Writes the results, and says which ratios have become worse since the commit. */
  finish(): void {
    const committed = committedResults(this.name);
    const before = new Map(committed?.tables.flatMap(({ ratios }) => ratios).map((ratio) => [ratio.name, ratio]));
    for (const ratio of this.tables.flatMap(({ ratios }) => ratios)) {
      const known = before.get(ratio.name);
      if (known !== undefined && isWorse(ratio, known)) {
        console.log(`WORSE than committed: ${ratio.name}: ${round(ratio.value)} now, ${round(known.value)} then`);
      }
    }
    if (committed === undefined) console.log(`Nothing is committed yet to compare ${this.name} with.`);
    const folder = join(process.cwd(), 'bench', 'results');
    mkdirSync(folder, { recursive: true });
    const { rounds, peers, tables } = this;
    const results: Results = { date: new Date().toISOString().slice(0, 10), machine: machine(), rounds, peers, tables };
    writeFileSync(join(folder, `${this.name}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
  }
}

function rowOf({ role, name, figures }: Measured): Record<string, Cell> {
  const of = (value: (figures: Figures) => number): number => median(figures.map((each) => value(each)));
  const walls = figures.map(({ wallMs }) => wallMs);
  const peakRssMb = Math.max(...figures.map((each) => each.peakRssMb));
  return {
    role,
    way: name,
    items: of(({ items }) => items),
    'wall ms': round(median(walls)),
    spread: `${round(Math.min(...walls))} to ${round(Math.max(...walls))}`,
    'items/s': round(of(perSecond)),
    'CPU s': round(of(({ cpuMs }) => cpuMs / 1000)),
    ...(Number.isNaN(peakRssMb) ? {} : { 'peak RSS MB': Math.round(peakRssMb) }),
  };
}

/** Of each round its own, so that a slow moment of the machine counts on both sides; then the median of these. */
function ratioOf({ name, of, by, what, target, stretch }: Comparison, measured: readonly Measured[]): Ratio {
  const find = (way: string): readonly Figures[] => {
    const found = measured.find((each) => each.name === way);
    if (found === undefined) throw new Error(`There is no way "${way}".`);
    return found.figures;
  };
  const value = what === 'throughput' ? perSecond : ({ cpuMs, items }: Figures): number => cpuMs / items;
  const below = find(by).map((each) => value(each));
  const values = find(of).map((figures, index) => value(figures) / (below[index] ?? Number.NaN));
  return {
    name,
    value: median(values),
    spread: [Math.min(...values), Math.max(...values)],
    better: what === 'throughput' ? 'higher' : 'lower',
    ...(target === undefined ? {} : { target }),
    ...(stretch === undefined ? {} : { stretch }),
  };
}

function perSecond({ items, wallMs }: Figures): number {
  return (items / wallMs) * 1000;
}

function ratioLine(ratio: Ratio): string {
  const { name, value, spread, better, target, stretch } = ratio;
  const sign = better === 'higher' ? '≥' : '≤';
  const reached = (goal: number): string =>
    (better === 'higher' ? value >= goal : value <= goal) ? 'reached' : 'missed';
  const goals = [
    ...(target === undefined ? [] : [`target ${sign} ${target} ${reached(target)}`]),
    ...(stretch === undefined ? [] : [`stretch ${sign} ${stretch} ${reached(stretch)}`]),
  ];
  return `${name}: ${round(value)} (${spread.map(round).join(' to ')})${goals.map((goal) => `; ${goal}`).join('')}`;
}

function isWorse(now: Ratio, then: Ratio): boolean {
  return now.better === 'higher' ? now.value < then.value * (1 - TOLERANCE) : now.value > then.value * (1 + TOLERANCE);
}

function committedResults(name: string): Results | undefined {
  try {
    const file = `HEAD:bench/results/${name}.json`;
    return JSON.parse(
      execFileSync('git', ['show', file], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }),
    ) as Results;
  } catch {
    return undefined; // a new benchmark, or no git
  }
}

function machine(): Record<string, Cell> {
  const cores = cpus();
  return {
    cores: cores.length,
    processor: cores[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    // Above the number of cores, others were at work: ratios bear that better than times.
    loadAverage: round(loadavg()[0] ?? Number.NaN),
  };
}

/** To three digits that matter. */
function round(value: number): number {
  return Number(value.toPrecision(value >= 1000 ? 4 : 3));
}
