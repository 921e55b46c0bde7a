#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './infrastructure/config/package-root.js';
import { COMMAND_GROUPS } from './interfaces/cli/command-groups.js';
import { rootHelp } from './interfaces/cli/root-help.js';

// The releases we pin support this Node; the notice would stand in the output of every command.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** As in sysexits.h; exit-codes.ts is not loaded for what is answered here. */
const USAGE = 64;
/** What a command has left open after it has closed everything does not keep its caller waiting. */
const LINGER_MS = 2000;

const HELP = new Set([undefined, 'help', '-h', '--help']);
const VERSION = new Set<string | undefined>(['-V', '--version']);

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output has seen enough, as `head` does.
  process.exit(error.code === 'EPIPE' ? 0 : 74);
});

/** Answers help and version at once; everything else loads the chosen group, and nothing of the others. */
async function main(words: readonly string[]): Promise<number> {
  const [first, second] = words;
  if (first === 'help' && second !== undefined) return main([second, '--help']);
  if (HELP.has(first))
    return say(first === undefined ? process.stderr : process.stdout, rootHelp(aboutUs().description));
  if (VERSION.has(first)) return say(process.stdout, `${aboutUs().version}\n`);
  const group = COMMAND_GROUPS.find(({ name }) => name === first);
  if (group === undefined)
    return say(process.stderr, `error: unknown command '${first}'; penstock --help tells them all\n`);
  const { runCommand } = await import('./command-line.js');
  return runCommand(group, words);
}

function say(stream: NodeJS.WriteStream, text: string): number {
  stream.write(text);
  return stream === process.stdout ? 0 : USAGE;
}

function aboutUs(): { description: string; version: string } {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    description: string;
    version: string;
  };
}

process.exitCode = await main(process.argv.slice(2));
setTimeout(() => process.exit(), LINGER_MS).unref();
