import type { LambdaClient } from '@aws-sdk/client-lambda';

/** Which modules the embedded runner takes for functions, and what these find in their environment. */
export interface FunctionsConfiguration {
  /** Absolute. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
}

const PATH = '/penstock/configuration';

/**
 * Tells the embedded runner about its functions. AWS has no such request, so that the client knows none: another one
 * becomes it just before it is signed.
 */
export async function configureFunctions(client: LambdaClient, configuration: FunctionsConfiguration): Promise<void> {
  const { ListFunctionsCommand } = await import('@aws-sdk/client-lambda');
  const command = new ListFunctionsCommand({});
  command.middlewareStack.add(
    (next) => (step) => {
      const body = JSON.stringify(configuration);
      const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
      Object.assign(step.request as object, { method: 'PUT', path: PATH, query: {}, body, headers });
      return next(step);
    },
    { step: 'serialize', priority: 'low', name: 'configureFunctions' },
  );
  await client.send(command);
}
