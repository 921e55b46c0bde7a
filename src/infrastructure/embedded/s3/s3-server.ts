import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AwsError } from '../aws/aws-error.js';
import { HttpListener } from '../aws/http-listener.js';
import type { SigV4Verifier } from '../aws/sigv4.js';
import { refuse } from '../aws/unread-body.js';
import { readContent } from './content-reader.js';
import type { FileStore } from './file-store.js';
import { RequestBody } from './request-body.js';
import type { S3Routes } from './routes.js';
import type { ContentBody, S3Answer } from './s3-answer.js';
import { RequestHeaders, type S3Request, targetOf } from './s3-request.js';
import { xmlError } from './xml.js';

export interface S3ServerOptions {
  readonly routes: S3Routes;
  readonly files: FileStore;
  readonly verifier: SigV4Verifier;
  /** Told what failed for no fault of the client, who only learns that something did. */
  readonly onDefect: (error: unknown) => void;
}

/** A connection on which nothing moves for so long is closed; how long a request takes as a whole does not matter. */
const IDLE_MS = 10 * 60_000;

/** The REST protocol of S3 over HTTP/1.1. */
export class S3Server {
  private readonly http: HttpListener;

  constructor(private readonly options: S3ServerOptions) {
    const server = createServer({ requestTimeout: 0 });
    server.on('request', (request, response) => void this.serve(request, response, () => undefined));
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      void this.serve(request, response, () => response.writeContinue());
    });
    server.timeout = IDLE_MS;
    this.http = new HttpListener(server);
  }

  /** Answers the port it listens on. */
  listen(host: string, port: number): Promise<number> {
    return this.http.listen(host, port);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse, invite: () => void): Promise<void> {
    response.setHeader('x-amz-request-id', randomUUID());
    let invited = request.headers.expect === undefined;
    try {
      const answer = await this.options.routes.answer(
        this.read(request, () => {
          if (!invited) invite();
          invited = true;
        }),
      );
      await this.send(request, response, answer);
    } catch (error) {
      await this.refuse(request, response, { error, invited }).catch(() => response.destroy());
    }
  }

  private read(request: IncomingMessage, invite: () => void): S3Request {
    const { method = '', url = '/', headers } = request;
    const verified = this.options.verifier.verify({ method, url, headers });
    const query = new URLSearchParams(url.split('?')[1] ?? '');
    return {
      ...targetOf(url),
      method,
      query,
      headers: RequestHeaders.of(headers, verified.presigned ? query : undefined),
      body: new RequestBody(request, verified, invite),
    };
  }

  private async send(request: IncomingMessage, response: ServerResponse, answer: S3Answer): Promise<void> {
    const { status, headers, body } = answer;
    if (typeof body === 'object') return this.sendContent(request, response, { status, headers, body });
    const bytes = Buffer.from(body ?? '');
    const length = status === 204 || status === 304 ? {} : { 'content-length': bytes.length };
    response.writeHead(status, { ...length, ...headers });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  }

  private async sendContent(
    request: IncomingMessage,
    response: ServerResponse,
    { status, headers, body: { content, slices } }: S3Answer & { readonly body: ContentBody },
  ): Promise<void> {
    try {
      response.writeHead(status, headers);
      if (request.method === 'HEAD') response.end();
      else await pipeline(readContent(this.options.files, slices), response);
    } catch (error) {
      // A reader that leaves is no defect; a file that cannot be read is, and must not look like the end.
      if (!response.destroyed && !request.destroyed) this.options.onDefect(error);
      response.destroy();
    } finally {
      content.close();
    }
  }

  private async refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { error, invited }: { readonly error: unknown; readonly invited: boolean },
  ): Promise<void> {
    if (request.destroyed && !request.complete) return; // the client has gone away
    const refusal = asRefusal(error);
    if (refusal.status >= 500 && refusal.code !== 'NotImplemented') this.options.onDefect(error);
    const body = xmlError({
      Code: refusal.code,
      Message: refusal.message,
      ...refusal.details,
      Resource: request.url?.split('?')[0] ?? '',
      RequestId: String(response.getHeader('x-amz-request-id')),
      HostId: 'penstock',
    });
    const headers = { 'content-type': 'application/xml' };
    await refuse(request, response, { status: refusal.status, headers, body }, invited);
  }
}

function asRefusal(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AwsError('InsufficientStorage', 'The disk under this endpoint is full.', 507);
  }
  return new AwsError('InternalError', 'We encountered an internal error. Please try again.', 500);
}
