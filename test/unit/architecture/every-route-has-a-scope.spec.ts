import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { expect, it } from 'vitest';
import { ACCESS } from '../../../src/interfaces/http/access/scope.js';

const ROOT = 'src/interfaces/http';
/** Whoever makes a route public adds it here, and thinks about it twice. */
const PUBLIC = [
  'HealthController.live',
  'HealthController.ready',
  'HealthController.show',
  'HealthController.startup',
  'MetricsController.show',
  'ReportsPageController.chart',
  'ReportsPageController.page',
  'ReportsPageController.script',
  'ReportsPageController.style',
];

interface Route {
  readonly name: string;
  readonly access: unknown;
}

function routesOf(controller: { readonly name: string; readonly prototype: Record<string, unknown> }): Route[] {
  return Object.getOwnPropertyNames(controller.prototype)
    .map((name) => ({ name, handler: controller.prototype[name] as object }))
    .filter(({ handler }) => typeof handler === 'function' && Reflect.hasMetadata(METHOD_METADATA, handler))
    .map(({ name, handler }) => ({
      name: `${controller.name}.${name}`,
      access: (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, controller)) as unknown,
    }));
}

it('gives every route a scope, or makes it public by name', async () => {
  const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.controller.ts'),
  );
  const modules = await Promise.all(
    files.map((file) => import(resolve(join(ROOT, file))) as Promise<Record<string, unknown>>),
  );
  const controllers = modules
    .flatMap((exported) => Object.entries(exported))
    .filter(([name]) => name.endsWith('Controller'));
  const routes = controllers.flatMap(([, controller]) => routesOf(controller as Parameters<typeof routesOf>[0]));
  expect(controllers.length).toBeGreaterThanOrEqual(files.length);
  expect(routes.filter(({ access }) => !['read', 'load', 'write', 'admin', 'public'].includes(String(access)))).toEqual(
    [],
  );
  expect(
    routes
      .filter(({ access }) => access === 'public')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(PUBLIC);
});
