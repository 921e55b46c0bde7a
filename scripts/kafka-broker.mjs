/**
 * A real broker of Apache Kafka for developers and tests: fetched by Maven, started in a folder of its own on free ports,
 * stopped by SIGTERM or SIGINT. The first line on stdout is its address; `--json`: more about it, as JSON.
 *
 * `--folder DIR` keeps its data and its ports there, for the next start. Java 17 and Maven are needed.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { brokerConfig, certificate, identity, listeners, makeCertificate, scramUsers } from './kafka/broker-config.mjs';
import { brokerClassPath } from './kafka/fetch-jars.mjs';

const exitUnavailable = 69;
const startMs = 120_000;
const formatMs = 120_000;
const stopMs = 20_000;
/** Of the broker's output, told when it does not start. */
const tailBytes = 4000;

const { values: asked } = parseArgs({
  options: { folder: { type: 'string' }, json: { type: 'boolean' } },
});
const folder = asked.folder ?? mkdtempSync(join(tmpdir(), 'penstock-kafka-'));
const data = join(folder, 'data');
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => stopping.abort());

let child;
try {
  process.exitCode = await serve();
} finally {
  await stop();
  if (asked.folder === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function serve() {
  const classPath = await brokerClassPath(say);
  if (classPath === undefined) return fail('Apache Kafka could not be fetched: is Maven Central reachable?');
  if (stopping.signal.aborted) return 0;
  mkdirSync(data, { recursive: true });
  if (!makeCertificate(folder)) return fail('No certificate could be made: is there a Java runtime?');
  const ports = await choosePorts();
  const config = join(folder, 'server.properties');
  writeFileSync(config, brokerConfig(folder, ports));
  if (!(await format(classPath, config))) return fail('The storage of the broker could not be formatted.');
  if (stopping.signal.aborted) return 0;
  child = java(classPath, ['kafka.Kafka', config], 'broker.log');
  const ended = new Promise((resolve) => child.once('close', resolve));
  if (!(await answers(ports[0]))) return stopping.signal.aborted ? 0 : fail('The broker did not start.');
  announce(ports);
  await Promise.race([ended, stopped()]);
  return stopping.signal.aborted ? 0 : fail('The broker has ended.');
}

/** The same again for a folder that was used before: its clients know them. */
async function choosePorts() {
  const known = join(folder, 'ports.json');
  if (existsSync(known)) return JSON.parse(readFileSync(known, 'utf8'));
  const ports = await freePorts(listeners.length);
  writeFileSync(known, JSON.stringify(ports));
  return ports;
}

/** Held together, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise((ready) => server.listen(0, '127.0.0.1', ready))));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

async function format(classPath, config) {
  if (existsSync(join(data, 'meta.properties'))) return true;
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const words = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', config, ...scramUsers()];
  const formatting = java(classPath, words, 'format.log', { timeout: formatMs, signal: stopping.signal });
  formatting.on('error', () => undefined); // no Java, or stopped: the status says so
  const status = await new Promise((resolve) => formatting.once('close', resolve));
  if (status !== 0 && !stopping.signal.aborted) tell('format.log');
  return status === 0 || stopping.signal.aborted;
}

function java(classPath, words, log, options = {}) {
  const output = openSync(join(folder, log), 'a');
  const memory = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const started = spawn('java', [...memory, '-cp', classPath, ...words], {
    ...options,
    cwd: folder,
    stdio: ['ignore', output, output],
    detached: true, // a Ctrl-C of the terminal is for this process, which passes it on
  });
  closeSync(output);
  started.on('error', () => undefined);
  return started;
}

/** A broker listens when it has caught up with its controller. */
async function answers(port) {
  const end = performance.now() + startMs;
  while (performance.now() < end && !stopping.signal.aborted) {
    if (child.exitCode !== null || child.pid === undefined) break;
    if (await accepts(port)) return true;
    await sleep(200);
  }
  if (!stopping.signal.aborted) tell('broker.log');
  return false;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (yes) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

function announce([plain, sasl, tls]) {
  const bootstrap = `127.0.0.1:${plain}`;
  const guarded = { sasl: `127.0.0.1:${sasl}`, saslSsl: `127.0.0.1:${tls}`, ca: certificate(folder), ...identity };
  const all = { bootstrap, ...guarded, pid: child.pid, folder };
  process.stdout.write(`${asked.json ? JSON.stringify(all) : bootstrap}\n`);
}

async function stop() {
  if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await ended;
  clearTimeout(late);
}

function stopped() {
  return new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
}

function tell(log) {
  say(readFileSync(join(folder, log), 'utf8').slice(-tailBytes));
}

function fail(text) {
  say(text);
  return exitUnavailable;
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
