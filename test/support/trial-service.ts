import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createService } from '../../src/service.js';
import { TRIAL } from './trial-capability.js';

/** The service with the trial capability, ready for inject(). */
export async function trialService(environment: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const { app } = await createService('serve', {
    environment: { LOGGING_LEVEL: 'CRITICAL', LOGGING_FORMAT: 'json', ...environment },
    capabilities: [TRIAL],
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
