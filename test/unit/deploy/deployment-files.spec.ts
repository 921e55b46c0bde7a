import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { envFields } from '../../../src/infrastructure/config/env.js';
import { SETTINGS_SECTIONS } from '../../../src/infrastructure/config/settings.js';

interface Manifest {
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: {
    selector?: Record<string, unknown> & { matchLabels?: Record<string, string> };
    podSelector?: { matchLabels?: Record<string, string> };
    template?: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  };
}
interface PodSpec {
  terminationGracePeriodSeconds: number;
  initContainers: Container[];
  containers: Container[];
  volumes: { name: string; secret?: { defaultMode: number } }[];
}
interface Container {
  image: string;
  args: string[];
  env?: { name: string }[];
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  volumeMounts: { name: string; mountPath: string }[];
}

const folder = 'deploy/kubernetes/';
const manifests = readdirSync(folder)
  .filter((file) => file !== 'kustomization.yaml')
  .flatMap((file) => parseAllDocuments(readFileSync(folder + file, 'utf8')).map((doc) => doc.toJS() as Manifest));
const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
const pods = deployments.map(({ spec }) => spec!.template!.spec);
const settings = manifests.find(({ kind }) => kind === 'ConfigMap')!.data!;
const dockerfile = readFileSync('Dockerfile', 'utf8');
const unit = readFileSync('deploy/systemd/penstock.service', 'utf8');

/** Of every settings class, and those that Node and the AWS SDK read themselves. */
function knownVariables(): Set<string> {
  const fields = SETTINGS_SECTIONS.flatMap((section) => [...envFields(section)]);
  const outside = ['NODE_ENV', 'NODE_OPTIONS', 'AWS_REGION'];
  return new Set([...fields.map(({ variable }) => variable), ...outside]);
}

describe('deployment files', () => {
  it('name only variables that the service reads', () => {
    const known = knownVariables();
    const named = [
      ...Object.keys(settings),
      ...pods.flatMap(({ containers }) => containers.flatMap(({ env = [] }) => env.map(({ name }) => name))),
      ...[...dockerfile.matchAll(/\b([A-Z_]+)=(?=\S)/g)].map(([, name]) => name!),
      ...[...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, list]) =>
        list!.split(' ').map((pair) => pair.split('=')[0]!),
      ),
    ];
    const unknown = named.filter((name) => !known.has(name) && !known.has(name.replace(/_FILE$/, '')));
    expect(unknown).toEqual([]);
    expect(named.length).toBeGreaterThan(10);
  });

  it('mount every secret that a setting points to', () => {
    const secret = manifests.find(({ kind }) => kind === 'Secret')!.stringData!;
    const files = Object.values(settings).filter((value) => value.startsWith('/run/secrets/penstock/'));
    expect(new Set(files.map((file) => file.split('/').at(-1)))).toEqual(new Set(Object.keys(secret)));
    const containers = pods.flatMap((pod) => [...pod.initContainers, ...pod.containers]);
    for (const { volumeMounts } of containers) {
      expect(volumeMounts).toContainEqual({ name: 'secrets', mountPath: '/run/secrets/penstock', readOnly: true });
    }
    expect(pods.map(({ volumes }) => volumes.find(({ name }) => name === 'secrets')?.secret?.defaultMode)).toEqual([
      0o440, 0o440,
    ]);
  });

  it('select pods that exist', () => {
    const labels = deployments.map(({ spec }) => spec!.template!.metadata.labels);
    const selectors = manifests.flatMap(({ kind, spec }) => {
      if (kind === 'Service') return [spec!.selector as Record<string, string>];
      const chosen = spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels;
      return chosen === undefined ? [] : [chosen];
    });
    expect(selectors).toHaveLength(6);
    for (const selector of selectors) {
      expect(labels.some((label) => Object.entries(selector).every(([key, value]) => label[key] === value))).toBe(true);
    }
  });

  it('leave the service the time it takes to stop', () => {
    const stopMs = Number(settings['SHUTDOWN_TIMEOUT_MS']);
    for (const { terminationGracePeriodSeconds, containers } of pods) {
      const sleepMs = (containers[0]?.lifecycle?.preStop.sleep.seconds ?? 0) * 1000;
      expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(stopMs + sleepMs);
    }
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000).toBeGreaterThan(stopMs);
  });

  it('copy into the image only what is in the checkout or made by a stage', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) =>
      sources!.split(' '),
    );
    expect(copied.filter((source) => !existsSync(source))).toEqual([]);
    const allowed = new Set(readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+$/gm));
    expect(copied.filter((source) => !allowed.has(source.split('/')[0]!))).toEqual([]);
  });
});
