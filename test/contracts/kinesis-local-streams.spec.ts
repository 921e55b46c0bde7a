import { NOBODY } from '../support/engine-of.js';
import { kinesisAt, streamsOf } from '../support/kinesis-adapters.js';
import { kinesisLocalFolder, startKinesisLocal } from '../support/kinesis-engines.js';
import { streamSourceContract } from './stream-source.contract.js';

/** An independent judge of what the contract asks of a stream; publishing to it is too slow for every run. */
async function open() {
  const local = await startKinesisLocal(kinesisLocalFolder()!);
  const { hostname, port } = await local.client.config.endpoint!();
  const [here, nowhere] = [kinesisAt(`http://${hostname}:${port}`), kinesisAt(NOBODY.url)];
  const close = async () => {
    here.clients.close();
    nowhere.clients.close();
    await local.close();
  };
  return { client: local.client, here, nowhere, close };
}

streamSourceContract('kinesis-local', async () => {
  const { client, here, nowhere, close } = await open();
  return { ...streamsOf(client), source: here.source, unreachable: nowhere.source, close };
});
