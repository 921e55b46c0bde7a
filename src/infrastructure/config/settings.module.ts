import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import type { Environment } from './env.js';
import { readAll, Settings } from './settings.js';

/** Settings of every section, injectable by class. */
@Module({})
export class SettingsModule {
  static of(settings: Settings): DynamicModule {
    const providers = [
      { provide: Settings, useValue: settings },
      ...settings.entries().map(([section, useValue]) => ({ provide: section, useValue })),
    ];
    return { module: SettingsModule, global: true, providers, exports: providers };
  }
}

/**
 * Reads `.env` of the working directory and the environment, which wins. What only `.env` has is put into the
 * environment, where the AWS SDK's own chain finds it.
 *
 * @param environment read instead of both, where given
 * @throws PenstockError `settings.invalid` with all faults at once
 */
export async function loadSettings(environment?: Environment): Promise<Settings> {
  if (environment !== undefined) return readAll(environment);
  let settings: Settings | undefined;
  await ConfigModule.forRoot({
    validate: (env) => {
      settings = readAll(env as Environment);
      return env;
    },
  });
  if (settings === undefined) throw new Error('@nestjs/config did not call validate.');
  return settings;
}
