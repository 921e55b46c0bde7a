import { NOBODY } from '../support/engine-of.js';
import { kinesisAt, streamsOf } from '../support/kinesis-adapters.js';
import { IDENTITY } from '../support/aws-identity.js';
import { openOwnEndpoint } from '../support/kinesis-engines.js';
import { streamSourceContract } from './stream-source.contract.js';

const ITERATOR_LIFE_MS = 400;

streamSourceContract('Kinesis (embedded)', async () => {
  const own = await openOwnEndpoint({ iteratorLifeMs: ITERATOR_LIFE_MS, transitionMs: 5 });
  const [here, nowhere] = [kinesisAt(own.url), kinesisAt(NOBODY.url)];
  const known = { accessKey: IDENTITY.accessKeyId, secretKey: IDENTITY.secretAccessKey };
  return {
    ...streamsOf(own.client),
    source: here.source,
    unreachable: nowhere.source,
    callers: { known, unknown: { accessKey: 'AKIANOBODY', secretKey: 'nothing' } },
    iteratorLifeMs: ITERATOR_LIFE_MS,
    close: async () => {
      here.clients.close();
      nowhere.clients.close();
      await own.close();
    },
  };
});
