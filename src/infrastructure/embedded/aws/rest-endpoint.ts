import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { AwsError } from './aws-error.js';
import { HttpListener } from './http-listener.js';
import { readBody } from './request-body.js';
import type { SigV4Verifier } from './sigv4.js';
import { refuse } from './unread-body.js';

export interface RestRequest {
  readonly requestId: string;
  readonly method: string;
  /** As it came over the wire. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object, or JSON that is already made. */
  readonly body?: object | Buffer;
}

export interface RestService {
  readonly verifier: SigV4Verifier;
  readonly maxBodyBytes: number;
  /** @throws AwsError for every refusal */
  readonly answer: (request: RestRequest) => Promise<RestAnswer>;
  /** Told what failed for no fault of the client, who only learns that something did. */
  readonly onDefect: (error: unknown) => void;
}

const JSON_TYPE = 'application/json';

/** The AWS REST JSON protocol over HTTP/1.1: operations are methods and paths. */
export class RestEndpoint {
  private readonly http: HttpListener;

  constructor(private readonly service: RestService) {
    this.http = new HttpListener(
      // Answers may take as long as a function runs.
      createServer({ requestTimeout: 0 }, (request, response) => void this.serve(request, response)),
    );
  }

  /** Answers the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return this.http.listen(host, port);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    response.setHeader('x-amzn-RequestId', requestId);
    try {
      send(response, await this.service.answer(await this.read(request, requestId)));
    } catch (error) {
      await this.refuse(request, response, error).catch(() => response.destroy());
    }
  }

  private async read(request: IncomingMessage, requestId: string): Promise<RestRequest> {
    const { method = '', url = '/', headers } = request;
    const body = await readBody(request, this.service.maxBodyBytes);
    this.service.verifier.verify({ method, url, headers, body });
    const [path = '/', query = ''] = url.split('?');
    return { requestId, method, path, query: new URLSearchParams(query), headers, body };
  }

  private async refuse(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    if (request.destroyed && !request.complete) return; // the client has gone away
    if (!(error instanceof AwsError)) this.service.onDefect(error);
    const { code, message, status } =
      error instanceof AwsError ? error : new AwsError('ServiceException', 'Internal Service Failure', 500);
    const body = JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: message, message });
    await refuse(request, response, { status, headers: { 'content-type': JSON_TYPE, 'x-amzn-ErrorType': code }, body });
  }
}

function send(response: ServerResponse, { status, headers = {}, body = Buffer.alloc(0) }: RestAnswer): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const length = status === 204 ? {} : { 'content-length': bytes.length };
  response.writeHead(status, { 'content-type': JSON_TYPE, ...length, ...headers });
  response.end(status === 204 ? undefined : bytes);
}
