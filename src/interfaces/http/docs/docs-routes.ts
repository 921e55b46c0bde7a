import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import type { HttpOptions } from '../http-options.js';
import { completeProblems } from './problem-responses.js';

/** The routes of the description itself, which are no part of it. */
export const DOCS_ROUTES = ['/docs', '/redoc', '/openapi.json', '/openapi.yaml'] as const;

const REDOC_PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Penstock API</title><meta name="viewport" content="width=device-width"><style>body { margin: 0 }</style></head>
  <body><redoc spec-url="openapi.json"></redoc><script src="redoc/redoc.standalone.js"></script></body>
</html>
`;

/** The description of every route of the application, errors included. */
export function describeApi(app: INestApplication, { title, version, description }: HttpOptions): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle(title)
    .setVersion(version)
    .setDescription(description)
    // In this order, which is not that of the modules.
    .addTag('stream-onboarding', 'From a Kinesis stream to a ClickHouse table that is kept up to date')
    .addTag('warehouse-loading', 'Warehouse tables, objects in a bucket, and exports of vendors')
    .addTag('sales-reporting', 'Files of sales into partitions, and three reports in milliseconds')
    .addTag('event-pipelines', 'Domains, events and their schemas, windows over them')
    .addTag('workflow-gateway', 'Schemas, samples and SQL within a guard; workflows and their logs')
    .addTag('operation', 'Whether it works, and what it does')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key.' }, 'bearer')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Api-Key' }, 'apiKey')
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('apiKey')
    .build();
  return completeProblems(SwaggerModule.createDocument(app, config));
}

/** /openapi.json, /openapi.yaml, /docs and /redoc; made when first asked for, from files of this machine only. */
export function addDocsRoutes(app: INestApplication, fastify: FastifyInstance, options: HttpOptions): void {
  SwaggerModule.setup('docs', app, () => describeApi(app, options), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: options.title,
  });
  const script = join(packageRoot(import.meta.dirname), 'assets', 'redoc', 'redoc.standalone.js');
  fastify.get('/', (_request, reply) => reply.redirect('/docs'));
  fastify.get('/redoc', (_request, reply) => reply.type('text/html; charset=utf-8').send(REDOC_PAGE));
  fastify.get('/redoc/redoc.standalone.js', async (_request, reply) =>
    reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=86400')
      .send(await readFile(script)),
  );
}

/** The same from src and from dist, which lie at different depths. */
function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder));
}
