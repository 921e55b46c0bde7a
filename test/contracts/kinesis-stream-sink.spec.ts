import { NOBODY } from '../support/engine-of.js';
import { kinesisAt, storedIn } from '../support/kinesis-adapters.js';
import { openOf, shardsOf } from '../support/kinesis-client.js';
import { openOwnEndpoint } from '../support/kinesis-engines.js';
import { streamSinkContract } from './stream-sink.contract.js';

streamSinkContract('Kinesis (embedded)', async () => {
  const own = await openOwnEndpoint({ transitionMs: 5 });
  const strict = await openOwnEndpoint({ transitionMs: 5, limits: { throttleWrites: true } });
  const adapters = [own.url, own.url, NOBODY.url, strict.url].map(kinesisAt);
  const [here, other, nowhere, throttled] = adapters;
  return {
    sink: here!.sink,
    others: other!.sink,
    unreachable: nowhere!.sink,
    throttled: throttled!.sink,
    shardCount: async (name) => openOf(await shardsOf(own.client, name)).length,
    stored: (name) => storedIn(own.client, name),
    storedThrottled: (name) => storedIn(strict.client, name),
    close: async () => {
      for (const { clients } of adapters) clients.close();
      await Promise.all([own.close(), strict.close()]);
    },
  };
});
