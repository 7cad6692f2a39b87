// What every test file begins with: one server for all of its tests.
import { after, before, describe } from 'node:test';
import { patience } from './until.mjs';
import { Server } from './server.mjs';

/**
 * A group of tests with a server of its own; `body(holder)` registers them and
 * finds the server in `holder.server` once they run. `options.timeout` is for
 * all of them, in milliseconds.
 */
export function withServer(name, options, body) {
  const timeout = (options.timeout ?? 300_000) * patience;
  describe(name, { timeout }, () => {
    const holder = {};
    before(async () => {
      holder.server = await Server.start(options);
    });
    after(async () => {
      await holder.server?.stop();
    });
    body(holder);
  });
}
