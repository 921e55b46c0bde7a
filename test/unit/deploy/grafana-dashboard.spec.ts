import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { type MetricDefinition, METRICS } from '../../../src/domain/ports/metrics.port.js';

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr: string;
  readonly legendFormat: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly Target[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

const dashboard = JSON.parse(readFileSync('deploy/grafana/penstock.json', 'utf8')) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const targets = panels.flatMap(({ title, targets: own = [] }) => own.map((target) => ({ title, ...target })));

/** What the service exposes: the labels of each series, by its name. */
function exposedSeries(): Map<string, readonly string[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const series = new Map<string, readonly string[]>(registry.getMetricsAsArray().map(({ name }) => [name, []]));
  for (const [name, { kind, labels }] of Object.entries<MetricDefinition>(METRICS)) {
    if (kind !== 'histogram') series.set(name, labels);
    else for (const end of ['_bucket', '_count', '_sum']) series.set(name + end, [...labels, 'le']);
  }
  return series;
}

describe('the Grafana dashboard', () => {
  const series = exposedSeries();

  it.each(targets.map(({ title, refId, expr }) => [title, refId, expr]))(
    'shows in "%s" (%s) a metric of the service, by labels that it has',
    (_title, _refId, expr) => {
      const found = [...expr.matchAll(/([a-z_][a-z0-9_]*)\{([^}]*)\}/g)];
      expect(found).toHaveLength(1);
      const [[, name = '', selectors = ''] = []] = found;
      const labels = series.get(name);
      expect(labels, name).toBeDefined();
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
        list.split(',').map((label) => label.trim()),
      );
      const selected = [...selectors.matchAll(/([a-z_]+)=/g)].map(([, label]) => label);
      for (const label of [...grouped, ...selected]) expect(['instance', ...labels!]).toContain(label);
    },
  );

  it('has a row for the service, streams, pipelines, jobs and engines', () => {
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Service', 'Streams', 'Pipelines', 'Jobs and imports', 'Engines']);
  });

  it('shows everything that pipelines count', () => {
    const shown = targets.map(({ expr }) => expr).join('\n');
    for (const name of Object.keys(METRICS).filter((each) =>
      /^(sink_|penstock_(sink|alert|late|watermark))/.test(each),
    )) {
      expect(shown).toContain(name);
    }
  });

  it('has the shape that Grafana imports', () => {
    expect(dashboard).toMatchObject({ uid: 'penstock', title: 'Penstock', time: { from: 'now-1h', to: 'now' } });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const panel of panels) {
      expect(panel.description, panel.title).toMatch(/\.$/);
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0);
    }
    for (const { datasource, legendFormat } of targets) {
      expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
      expect(legendFormat).not.toBe('');
    }
  });

  it('lays no panel over another', () => {
    const taken = new Set<string>();
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});
