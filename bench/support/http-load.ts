import { Agent, request } from 'node:http';

export interface Load {
  readonly url: string;
  readonly path: string;
  readonly body: object;
  readonly requests: number;
  /** Clients that send one request after another. */
  readonly clients: number;
}

/** Sends the requests and answers the time of each, in milliseconds. @throws Error when one is not answered 200 */
export async function httpLoad({ url, path, body, requests, clients }: Load): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const payload = Buffer.from(JSON.stringify(body));
  const times: number[] = [];
  let left = requests;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const begun = performance.now();
      await post(new URL(path, url), payload, agent);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return times;
}

function post(url: URL, payload: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': payload.length };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('error', reject);
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}: ${text.slice(0, 300)}`)),
      );
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}
