/** `npm start`: from a fresh clone to the running demonstration. More arguments go to `penstock serve`. */
import { build, install, requireSupportedNode } from './prepare.mjs';

requireSupportedNode();
install();
build();
// package.json says "exec node", because the shell that npm starts scripts with does not pass signals on.
// Becomes the service instead of starting it: signals then reach it by themselves, once, and there is no process between.
process.argv.splice(2, 0, 'serve', '--demo');
await import('../dist/src/cli.js');
