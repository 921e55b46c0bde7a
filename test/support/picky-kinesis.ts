import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';

export interface PickyKinesis {
  readonly url: string;
  /** Which records of the next requests are refused, as above the limits of a shard. */
  refuse: (key: string, data: string) => boolean;
  /** Partition keys of each request, refused ones included. */
  readonly requests: string[][];
  close(): Promise<void>;
}

const REFUSED = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' };

/** Takes PutRecords, hands those records on that it does not refuse, in one request, and answers as Kinesis would. */
export async function pickyKinesis(behind: KinesisClient): Promise<PickyKinesis> {
  const server = createServer((incoming, response) => {
    put(incoming, response).catch(() => response.destroy());
  });
  const put = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await incoming.toArray()) as Buffer[]).toString();
    const { StreamName, Records } = JSON.parse(body) as {
      StreamName: string;
      Records: { Data: string; PartitionKey: string }[];
    };
    picky.requests.push(Records.map(({ PartitionKey }) => PartitionKey));
    const isRefused = Records.map(({ PartitionKey, Data }) =>
      picky.refuse(PartitionKey, Buffer.from(Data, 'base64').toString()),
    );
    const taken = Records.filter((_, at) => !isRefused[at]).map(({ Data, PartitionKey }): PutRecordsRequestEntry => ({
      Data: Buffer.from(Data, 'base64'),
      PartitionKey,
    }));
    const stored =
      taken.length === 0
        ? []
        : ((await behind.send(new PutRecordsCommand({ StreamName, Records: taken }))).Records ?? []);
    const answers = isRefused.map((refused) => (refused ? REFUSED : stored.shift()));
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ FailedRecordCount: answers.length - taken.length, Records: answers }));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const picky: PickyKinesis = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: () => false,
    requests: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return picky;
}
