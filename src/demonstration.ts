import { join } from 'node:path';
import { CAPABILITIES, DEMONSTRATION } from './capabilities.js';
import { PenstockError } from './domain/errors.js';
import { outsideEngines } from './infrastructure/config/outside-engines.js';
import { packageRoot } from './infrastructure/config/package-root.js';
import { Demonstration } from './interfaces/demonstration/demonstration.js';
import { LiveScreen } from './interfaces/terminal/live-screen.js';
import { serve } from './main.js';
import type { Exhibit } from './service.js';

/** `penstock serve --demo`: the service at work on a stream of its own; answers the exit code as `serve` does. */
export function demonstrate(): Promise<number> {
  return serve({ capabilities: [...CAPABILITIES, DEMONSTRATION], exhibit: exhibitOn(new LiveScreen(process.stdout)) });
}

function exhibitOn(screen: LiveScreen): Exhibit {
  return {
    above: screen.above,
    check: (settings) => {
      const faults = outsideEngines(settings);
      if (faults.length === 0) return;
      const message =
        'The demonstration writes into embedded engines only, never into yours. Without it: penstock serve. ' +
        'To see it, unset, in the environment and in .env:';
      throw new PenstockError('settings.invalid', message, { faults });
    },
    begin: (app, url) => app.get(Demonstration).start(url, screen, join(packageRoot(), 'data')),
  };
}
