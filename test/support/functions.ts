import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Functions as users write them. */
const MODULES = {
  'echo.mjs': `export const handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
    left: context.getRemainingTimeInMillis() > 0, id: context.awsRequestId, client: context.clientContext ?? null });`,
  'count.mjs': `let calls = 0; export const handler = async () => ({ calls: ++calls, pid: process.pid });`,
  'surroundings.mjs': `export const handler = async () => process.env;`,
  'talk.mjs': `export const handler = async (event) => { console.log('said ' + event.word); return null; };`,
  'throw.mjs': `export const handler = async () => { throw new TypeError('it does not fit'); };`,
  'leave.mjs': `export const handler = async () => process.exit(3);`,
  'hang.mjs': `export const handler = () => new Promise(() => undefined);`,
  'spin.mjs': `export const handler = () => { for (;;) { /* until it is killed */ } };`,
  'slow.mjs': `export const handler = (event) => new Promise((resolve) => setTimeout(() => resolve(event), event.ms));`,
  'large.mjs': `export const handler = async ({ bytes }) => 'x'.repeat(bytes - 2);`,
  'unreadable.mjs': `export const handler = async () => {`,
  'nothing.mjs': `export const other = 1;`,
  'none.txt': `export const handler = async () => 'not a function';`,
} as const;

/** A folder with the functions of the specs, outside of any package. */
export async function functionsFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'penstock-functions-'));
  for (const [file, text] of Object.entries(MODULES)) await writeFile(join(folder, file), text);
  return folder;
}
