import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AwsError } from './aws-error.js';
import { HttpListener } from './http-listener.js';
import { readBody } from './request-body.js';
import type { SigV4Verifier } from './sigv4.js';
import { refuse } from './unread-body.js';

export type AwsJsonInput = Readonly<Record<string, unknown>>;

/** Answers the output as an object, as JSON that is already made, or nothing for an empty body. */
export type AwsJsonOperation = (input: AwsJsonInput) => Promise<object | Buffer | undefined>;

export interface AwsJsonService {
  /** What stands before the dot in `X-Amz-Target`, such as `Kinesis_20131202`. */
  readonly target: string;
  readonly operations: ReadonlyMap<string, AwsJsonOperation>;
  readonly verifier: SigV4Verifier;
  readonly maxBodyBytes: number;
  /** Told what failed for no fault of the client, who only learns that something did. */
  readonly onDefect: (error: unknown) => void;
}

const JSON_TYPE = 'application/x-amz-json-1.1';

/** The AWS JSON 1.1 protocol over HTTP/1.1: one POST per operation, named by a header. */
export class AwsJsonEndpoint {
  private readonly http: HttpListener;

  constructor(private readonly service: AwsJsonService) {
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
    const requestId = randomUUID();
    response.setHeader('x-amzn-RequestId', requestId);
    try {
      const body = await readBody(request, this.service.maxBodyBytes);
      this.service.verifier.verify({
        method: request.method ?? '',
        url: request.url ?? '/',
        headers: request.headers,
        body,
      });
      const output = await this.operation(request)(parseInput(request, body));
      send(response, 200, Buffer.isBuffer(output) || output === undefined ? output : JSON.stringify(output));
    } catch (error) {
      await this.refuse(request, response, error).catch(() => response.destroy());
    }
  }

  private operation(request: IncomingMessage): AwsJsonOperation {
    const target = String(request.headers['x-amz-target'] ?? '');
    const [service, name] = target.split('.');
    const operation = service === this.service.target && name ? this.service.operations.get(name) : undefined;
    if (request.method === 'POST' && operation) return operation;
    throw new AwsError('UnknownOperationException', 'There is no such operation here.');
  }

  private async refuse(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    if (request.destroyed && !request.complete) return; // the client has gone away
    if (!(error instanceof AwsError)) this.service.onDefect(error);
    const refusal =
      error instanceof AwsError ? error : new AwsError('InternalFailure', 'Internal Service Failure', 500);
    const body = JSON.stringify({ __type: refusal.code, message: refusal.message });
    const headers = { 'content-type': JSON_TYPE, 'x-amzn-ErrorType': refusal.code };
    await refuse(request, response, { status: refusal.status, headers, body });
  }
}

function send(response: ServerResponse, status: number, body: Buffer | string = ''): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': bytes.length });
  response.end(bytes);
}

function parseInput(request: IncomingMessage, body: Buffer): AwsJsonInput {
  mustBeJson(request.headers['content-type'] ?? '');
  if (body.length === 0) return {};
  const input = parseJson(body);
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as AwsJsonInput;
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}

function mustBeJson(contentType: string): void {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === JSON_TYPE || type === 'application/json') return;
  const hint = type.includes('cbor') ? ' Switch CBOR off in the client (AWS_CBOR_DISABLE=true for Java).' : '';
  throw new AwsError('UnsupportedMediaTypeException', `Only ${JSON_TYPE} is spoken here.${hint}`, 415);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
}
