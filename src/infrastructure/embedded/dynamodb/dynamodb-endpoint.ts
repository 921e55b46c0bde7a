import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AwsError } from '../aws/aws-error.js';
import { HttpListener } from '../aws/http-listener.js';
import { SigV4Verifier } from '../aws/sigv4.js';
import type { DynaliteEngine, EngineAnswer } from './dynalite-engine.js';

/** AWS's own limit of a request. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

export interface DynamoIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** The DynamoDB API over HTTP, for one identity. */
export class DynamoDbEndpoint {
  private readonly http: HttpListener;
  private readonly verifier: SigV4Verifier;

  constructor(
    private readonly engine: DynaliteEngine,
    identity: DynamoIdentity,
  ) {
    this.verifier = new SigV4Verifier({ ...identity, service: 'dynamodb' });
    this.http = new HttpListener(createServer((request, response) => void this.serve(request, response)));
  }

  /** Answers the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return this.http.listen(host, port);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: EngineAnswer;
    try {
      answer = await this.answer(request);
    } catch (error) {
      if (request.destroyed && !request.complete) return; // the client went away while it was sending
      if (!(error instanceof AwsError)) throw error; // ends the process, and the supervisor starts it again
      answer = refusal(error);
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  private async answer(request: IncomingMessage): Promise<EngineAnswer> {
    const { method = 'GET', url = '/' } = request;
    // A page of another origin has no business here, so that dynalite's own answers to `Origin` stay out.
    const { origin: _origin, ...headers } = request.headers;
    const body = await readBody(request);
    // Like AWS, it tells anybody who asks with GET that it is well; nothing else is in reach that way.
    if (method !== 'GET') this.verifier.verify({ method, url, headers: request.headers, body });
    return this.engine.answer({ method, url, headers, body });
  }
}

/**
 * Reads to the end also what is too large, keeping none of it: a connection that is closed on a sender loses the
 * refusal. Node's own limit of five minutes for a request ends those that send for ever.
 */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes <= MAX_REQUEST_BYTES) return Buffer.concat(chunks);
  throw new AwsError('RequestEntityTooLarge', 'The request is larger than 16 MB.', 413);
}

function refusal({ code, message, status }: AwsError): EngineAnswer {
  const body = JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message });
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() };
  return { status, headers, body };
}
