// Webhooks over HTTPS: whom the server believes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mainApp } from './lib/apps.mjs';
import { Authority } from './lib/certificates.mjs';
import { Receiver, hookToml, hookedApp } from './lib/hooks.mjs';
import { RawPusher } from './lib/raw.mjs';
import { publisher } from './lib/sdk.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';

describe('webhooks over https', { timeout: 120_000 * patience }, () => {
  const ends = [];
  let authority, good, named, stranger, server;

  before(async () => {
    authority = new Authority();
    const other = new Authority();
    ends.push(() => authority.remove(), () => other.remove());
    const receiver = async (tls, host) => {
      const one = await Receiver.start({ tls, host });
      ends.push(() => one.stop());
      return one;
    };
    good = await receiver(authority.issue());
    named = await receiver(authority.issue(), '127.0.0.2');
    stranger = await receiver(other.issue());
    const only = (channel) => ({ channels: [channel],
                                 events: ['channel_occupied'] });
    server = await Server.start({
      sections: { webhooks: { ca_file: authority.file, retry_for: '0s' } },
      apps: hookedApp(mainApp, [
        hookToml(`${good.origin}/ip`, only('ip')),
        hookToml(`https://localhost:${good.port}/name`, only('name')),
        hookToml(`${named.origin}/`, only('wrong-host')),
        hookToml(`${stranger.origin}/`, only('stranger')),
        hookToml(`https://127.0.0.1:1/`, only('closed')),
        hookToml(`https://no-such-host.invalid/`, only('unknown')),
      ]),
    });
  });

  after(async () => {
    await server?.stop();
    for (const end of ends) await end();
  });

  async function occupy(channel) {
    const raw = await RawPusher.join(server);
    await raw.subscribe(channel);
    return raw;
  }

  async function reasonFor(channel) {
    await occupy(channel);
    return until(async () => {
      const token = server.token;
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      const answer =
        await server.get('/v1/apps/1/webhooks/dead', { headers });
      const letter = (await answer.json()).dead
        .find((one) => one.id.startsWith(`1/${channel}/`));
      return letter?.reason;
    }, `${channel} is a dead letter`, 20_000);
  }

  test('a certificate of an authority in ca_file is good', async () => {
    await occupy('ip');
    const hook = await good.next('by address', (e) => e.channel === 'ip');
    assert.ok(publisher(server).webhook(hook).isValid());
    await occupy('name');
    await good.next('by name', (e) => e.channel === 'name');
  });

  test('a certificate for another host is refused', async () => {
    assert.match(await reasonFor('wrong-host'), /certificate is refused/);
    assert.equal(named.hooks.length, 0);
  });

  test('a certificate of an unknown authority is refused', async () => {
    assert.match(await reasonFor('stranger'), /certificate is refused/);
    assert.equal(stranger.hooks.length, 0);
  });

  test('what cannot be reached says why', async () => {
    assert.match(await reasonFor('closed'), /connecting failed: .*refused/i);
    assert.match(await reasonFor('unknown'),
                 /no-such-host\.invalid|took too long/);
  });
});
