import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from '@nestjs/common';
import { appModule } from './app.module.js';
import { CAPABILITIES, type Capability } from './capabilities.js';
import { PenstockError } from './domain/errors.js';
import { HealthProbes } from './domain/ports/health-probe.port.js';
import { Metrics } from './domain/ports/metrics.port.js';
import { AccessSettings } from './infrastructure/config/access.settings.js';
import type { Environment } from './infrastructure/config/env.js';
import { LoggingSettings } from './infrastructure/config/logging.settings.js';
import { ServiceSettings } from './infrastructure/config/service.settings.js';
import type { Settings } from './infrastructure/config/settings.js';
import { loadSettings } from './infrastructure/config/settings.module.js';
import { type Above, openLog } from './infrastructure/logging/logging.module.js';
import { ServiceLog } from './infrastructure/logging/service-log.js';
import { openApiKeys } from './infrastructure/operation-ports.module.js';
import { addDocsRoutes } from './interfaces/http/docs/docs-routes.js';
import { fastifyAdapter, type PlatformOptions, preparePlatform } from './interfaces/http/http-platform.js';
import { Connections } from './interfaces/http/connections.js';
import { HttpModule } from './interfaces/http/http.module.js';
import type { HttpOptions } from './interfaces/http/http-options.js';
import { ServiceState } from './interfaces/http/service-state.js';
import { requestWatch } from './request-watch.js';

/** `serve`: the API, the probes and, unless switched off, the workers. `worker`: the workers and the probes. */
export type Role = 'serve' | 'worker';

export interface ServiceOptions {
  /** Instead of `.env` and the environment. */
  readonly environment?: Environment;
  readonly capabilities?: readonly Capability[];
  readonly exhibit?: Exhibit;
}

/** What a process shows of itself on stdout; its log goes to stderr then. */
export interface Exhibit {
  readonly above: Above;
  /** @throws PenstockError when these settings do not allow it */
  check(settings: Settings): void;
  /** Called once the service listens. */
  begin(app: NestFastifyApplication, url: string): void;
}

export interface RunningService {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly shutdownTimeoutMs: number;
  /** Stops taking work, finishes what is in flight and lets go of the engines. */
  stop(): Promise<void>;
}

/** Makes the service, ready to listen. @throws PenstockError `settings.invalid` before anything is started */
export async function createService(
  role: Role,
  options: ServiceOptions = {},
): Promise<{ app: NestFastifyApplication; settings: Settings; state: ServiceState }> {
  const settings = await loadSettings(options.environment);
  const { exhibit } = options;
  exhibit?.check(settings);
  const { scope, logger } = openLog(settings.get(LoggingSettings), exhibit ? 'stderr' : 'stdout', exhibit?.above);
  const access = settings.get(AccessSettings);
  const apiKeys = await openApiKeys(access, new ServiceLog(logger));
  const state = new ServiceState();
  const http = httpOptions(settings);
  const root = await appModule({
    settings,
    logger,
    apiKeys,
    capabilities: options.capabilities ?? CAPABILITIES,
    frame: HttpModule.of(http, state),
    routes: role === 'serve',
    workers: role === 'worker' || settings.get(ServiceSettings).workers,
  });
  const platform = platformOptions(access);
  const app = await NestFactory.create<NestFastifyApplication>(root, fastifyAdapter(platform), {
    logger,
    bodyParser: false, // Fastify's own parser of JSON, and of nothing else
    abortOnError: false,
  });
  const isKeyless = access.apiKeysFile === undefined;
  await preparePlatform(app, platform, requestWatch({ metrics: app.get(Metrics), scope, state, isKeyless }));
  if (role === 'serve') addDocsRoutes(app, app.getHttpAdapter().getInstance(), http);
  return { app, settings, state };
}

/** Starts the service and answers once it listens. */
export async function startService(role: Role, options: ServiceOptions = {}): Promise<RunningService> {
  const { app, settings, state } = await createService(role, options);
  const connections = new Connections(app.getHttpServer());
  const { host, port, shutdownTimeoutMs } = settings.get(ServiceSettings);
  try {
    await app.listen(port, host).catch(explainListen);
  } catch (error) {
    await app.close();
    throw error;
  }
  warmUp(app.get(HealthProbes));
  const url = urlOf(app, host);
  new Logger('Penstock').log(`Penstock listens on ${url}`, { role, url });
  options.exhibit?.begin(app, url);
  return {
    app,
    url,
    shutdownTimeoutMs,
    stop: async () => {
      state.beginStop();
      await connections.drain(() => app.close());
    },
  };
}

/** How long the first look at the engines may take: an embedded one may have to prepare its data folder. */
const WARM_UP_MS = 120_000;

/** Asks every engine once, side by side, so that embedded ones start now and not with somebody's first request. */
function warmUp(probes: HealthProbes): void {
  const signal = AbortSignal.timeout(WARM_UP_MS);
  // What is wrong with one, readiness tells.
  for (const probe of probes.list()) probe.check(signal).catch(() => undefined);
}

function httpOptions(settings: Settings): HttpOptions {
  const { title, version, description } = settings.get(ServiceSettings);
  return { title, version, description, rateLimitPerMinute: settings.get(AccessSettings).rateLimitPerMinute };
}

function platformOptions({ maxBodyBytes, trustProxy, corsOrigins }: AccessSettings): PlatformOptions {
  return { maxBodyBytes, trustProxy, corsOrigins: corsOrigins?.split(',') ?? [] };
}

const LISTEN_FAULTS: Readonly<Record<string, { path: string; message: string }>> = {
  EADDRINUSE: { path: 'PORT', message: 'is taken by another program' },
  EACCES: { path: 'PORT', message: 'may not be used by this user' },
  EADDRNOTAVAIL: { path: 'HOST', message: 'is not an address of this machine' },
  ENOTFOUND: { path: 'HOST', message: 'is not a known host name' },
};

function explainListen(cause: NodeJS.ErrnoException): never {
  const fault = LISTEN_FAULTS[cause.code ?? ''];
  throw fault ? new PenstockError('settings.invalid', 'The service cannot listen.', { faults: [fault], cause }) : cause;
}

function urlOf(app: NestFastifyApplication, host: string): string {
  const address: unknown = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null && 'port' in address ? String(address.port) : '';
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
