import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { beforeAll, describe, expect, it } from 'vitest';

type Exports = Record<string, unknown>;

/** Where @CommandHandler and @QueryHandler leave the message, which @nestjs/cqrs does not export. */
const HANDLED = ['__commandHandler__', '__queryHandler__'];

const root = 'src/application';
const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
const messageFiles = files.filter((file) => /\.(command|query)\.ts$/.test(file));
const load = (file: string): Promise<Exports> => import(resolve(join(root, file))) as Promise<Exports>;

// The buses find a missing handler only when the message is sent, and take the later of two without a word.
describe('every message', () => {
  let providers: unknown[];
  beforeAll(async () => {
    const modules = await Promise.all(files.filter((file) => file.endsWith('.module.ts')).map(load));
    const classes = modules.flatMap((exported) => Object.values(exported)) as object[];
    providers = classes.flatMap(
      (module) => (Reflect.getMetadata(MODULE_METADATA.PROVIDERS, module) ?? []) as unknown[],
    );
  });

  it.each(messageFiles)('of %s has one handler, in the same file and in a module', async (file) => {
    const exported = await load(file);
    const messages = Object.keys(exported).filter((name) => /(Command|Query)$/.test(name));
    expect(messages).toHaveLength(1);
    const [message] = messages as [string];
    const handler = exported[message.replace(/(Command|Query)$/, 'Handler')] as object;
    expect(handler).toBeDefined();
    expect(HANDLED.map((key) => Reflect.getMetadata(key, handler) as unknown)).toContain(exported[message]);
    expect(providers.filter((provider) => provider === handler)).toHaveLength(1);
    const answering = providers.filter((provider) =>
      HANDLED.some((key) => Reflect.getMetadata(key, provider as object) === exported[message]),
    );
    expect(answering).toHaveLength(1);
  });
});
