/** The PostgreSQL engine's process: prepares and starts the server, and stops it when it is no longer wanted. */
import { realpath } from 'node:fs/promises';
import {
  type EngineArguments,
  EngineCannotRun,
  engineArguments,
  type EngineStart,
  runEngine,
  type StartedEngine,
} from '../engine-child.js';
import { postgresBinaries } from './binaries.js';
import { dataLink, preparedData, type DatabaseLogin } from './data-folder.js';
import { postgresUser } from './os-user.js';
import { startPostgres } from './postgres-server.js';

async function start(engineStart: EngineStart): Promise<StartedEngine> {
  const { dir, host, port, ...login } = engineArguments() as EngineArguments & DatabaseLogin;
  const user = await postgresUser(dataLink(dir));
  if (!user) throw new EngineCannotRun('PostgreSQL does not run as root, and this system has no user "nobody"');
  const binaries = await postgresBinaries(dir, user, engineStart.step);
  // The real path, by which a server left behind is recognised: see `stopOrphan`.
  const data = await realpath(await preparedData({ dir, binaries, user }, login, engineStart));
  const server = await startPostgres({ binaries, user, data, host, port, signal: engineStart.signal });
  let stopping = false;
  // The supervisor starts us again, on the same port.
  void server.ended.finally(() => stopping || process.exit(1));
  const stop = () => {
    stopping = true;
    return server.stop();
  };
  return { port: server.port, stop };
}

await runEngine(start);
