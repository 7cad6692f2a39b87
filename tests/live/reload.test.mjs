// SIGHUP and POST /v1/reload: what is taken over, what is not, and that nobody
// who has nothing to do with it notices.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { publish } from './lib/api.mjs';
import { appsToml, mainApp } from './lib/apps.mjs';
import { Authority } from './lib/certificates.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { publisher } from './lib/sdk.mjs';
import { Program, Server, binary } from './lib/server.mjs';
import { withServer } from './lib/suite.mjs';
import { patience, until } from './lib/until.mjs';

/** The log lines of that event so far. */
function logged(server, event) {
  return server.stderr.split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line));
}

/** SIGHUP, and what came of it. */
async function hangUp(server) {
  const events = ['reloaded', 'reload_failed'];
  const count = () =>
    events.reduce((sum, event) => sum + logged(server, event).length, 0);
  const before = count();
  server.signal('SIGHUP');
  await until(() => count() > before, 'the reload is logged');
}

withServer('reload', {}, (run) => {
  const reload = () => run.server.manage('POST', '/v1/reload');

  test('SIGHUP applies what it can and says what it cannot', async () => {
    const { server } = run;
    server.configure({ sections: {
      limits: { event_data: '20B' }, server: { backlog: 77 },
      drain: { duration: '2s' },
    } });
    await hangUp(server);
    const { msg } = logged(server, 'reloaded').at(-1);
    assert.match(msg, /limits\.event_data applied/);
    assert.match(msg, /drain\.duration applied/);
    assert.match(msg, /server\.backlog needs restart/);
    const event = { name: 'e', channel: 'c', data: 'x'.repeat(21) };
    assert.equal((await publish(server, event)).status, 413);
    server.configure();
    const back = await reload();
    assert.deepEqual(back.json.changes, [
      { key: 'limits.event_data', result: 'applied' },
      { key: 'drain.duration', result: 'applied' },
    ]);
    assert.equal((await publish(server, event)).status, 200);
    assert.deepEqual((await reload()).json.changes, []);
  });

  test('what needs a restart is said until there was one', async () => {
    run.server.configure({ sections: {
      server: { reactors: 7 }, admin: { port: 1 },
      log: { level: 'info', format: 'text' },
    } });
    for (let i = 0; i < 2; ++i)
      assert.deepEqual((await reload()).json.changes, [
        { key: 'server.reactors', result: 'needs restart' },
        { key: 'log.format', result: 'needs restart' },
      ]); // the admin port is given by a flag, which wins
    run.server.configure();
    await reload();
  });

  test('apps of the file come, change and go', async () => {
    const { server } = run;
    const raw = await RawPusher.join(server, { key: 'quiet-key' });
    server.configure({ apps: appsToml.replace('"quiet-key"', '"loud-key"')
      .replace('client_events = false', 'enabled = false') + `
[[apps]]
id = "88"
keys = [{ key = "key-88", secret = "secret-88" }]
` });
    assert.deepEqual((await reload()).json.changes, [
      { key: 'apps.2.keys', result: 'applied' },
      { key: 'apps.2.enabled', result: 'applied' },
      { key: 'apps.2.client_events', result: 'applied' },
      { key: 'apps.88', result: 'applied' },
    ]);
    assert.equal((await raw.nextClose()).code, 4003);
    const fresh = await RawPusher.join(server, { key: 'key-88' });
    server.configure();
    await reload();
    assert.equal((await fresh.nextClose()).code, 4003);
    await RawPusher.join(server, { key: 'quiet-key' }).then((x) => x.leave());
  });

  test('a file that is wrong changes nothing', async () => {
    const { server } = run;
    const raw = await RawPusher.join(server);
    for (const text of [
      '[[apps]]\nid = "x y"\n', 'this is no TOML', '[limits]\npong_timeout = 5\n',
      '[[apps]]\nid = "1"\nkeys = [{ key = "k", secret = "hunter2 2" }]\n',
    ]) {
      server.configure({ text });
      await hangUp(server);
      const failed = logged(server, 'reload_failed').at(-1);
      assert.equal(failed.level, 'error');
      assert.match(failed.msg, /tidewire\.toml:\d/);
      const answer = await reload();
      assert.equal(answer.status, 422, answer.text);
      assert.match(answer.json.error, /tidewire\.toml:\d/);
      assert.ok(answer.json.problems.length > 0);
      assert.ok(!server.stderr.includes('hunter2'));
      await raw.fence();
    }
    const event = { name: 'e', channel: 'c', data: '{}' };
    assert.equal((await publish(server, event)).status, 200);
    server.configure();
    assert.deepEqual((await reload()).json.changes, []);
    await raw.leave();
  });

  test('the log level is reloaded', async () => {
    const { server } = run;
    server.configure({ sections: { log: { level: 'error' } } });
    await reload();
    const before = server.stderr.length;
    await server.manage('POST', '/v1/apps');
    assert.equal(server.stderr.length, before);
    server.configure();
    await hangUp(server);
    assert.match(logged(server, 'reloaded').at(-1).msg, /log\.level applied/);
  });
});

const held = Number(process.env.TIDEWIRE_RELOAD_CLIENTS ?? 5000);
const changes = 100;
const watching = 6; // every second one of them through TLS
// The raw clients answer no pings, and on a busy machine they are slow.
const limits = { activity_timeout: '24h', pong_timeout: '1h' };

/** `tidewire bench connections`, which holds them until it is interrupted. */
class Holder extends Program {
  static start(server, count) {
    return new Holder(binary, [
      'bench', 'connections', '--url', `http://127.0.0.1:${server.port}`,
      '--key', mainApp.key, '--hold', String(count), '--channels', '100',
      '--for', '3600s', '--json', '--quiet',
    ]);
  }

  async end() {
    this.signal('SIGINT');
    await this.exited;
    return JSON.parse(this.stdout);
  }
}

describe('reload under load', { timeout: 600_000 * patience }, () => {
  let server;
  let holder;
  const authority = new Authority();
  const secure = { ca: authority.pem };
  after(async () => {
    await holder?.kill();
    await server?.kill();
    authority.remove();
  });

  test(`${held} clients stay through ${changes} changes of apps, and as many ` +
       'of the certificate', async () => {
    const certificates = [authority.issue('even'), authority.issue('odd')];
    const sections = {
      limits, tls: { port: 0, ...authority.install(certificates[0]) },
    };
    server = await Server.start({ sections });
    holder = Holder.start(server, held);
    await server.reaches(held, 'tidewire_connections', { app_id: '1' },
                         120_000);

    // Publishers that never stop, and subscribers that must miss nothing.
    const listeners = [];
    for (let i = 0; i < watching; ++i) {
      const raw = await RawPusher.join(
        server, i % 2 ? {} : { port: server.tlsPort, secure });
      await raw.subscribe('bench');
      listeners.push(raw);
    }
    let going = true;
    const sent = [0, 0, 0];
    const publishing = Promise.all(sent.map(async (_, i) => {
      const sdk = publisher(server);
      while (going) {
        const answer = await sdk.trigger('bench', `from-${i}`, { n: sent[i] });
        assert.equal(answer.status, 200);
        ++sent[i];
      }
    }));
    publishing.catch(() => {}); // looked at in the end

    // Changes by the API and by SIGHUP in turn, of apps that come and go, of
    // apps in use, and of the one that all those clients belong to.
    const mine = [];
    for (let i = 0; i < changes; ++i) {
      const step = i % 10;
      authority.install(certificates[i % 2]);
      if (step === 0) {
        const made = await server.manage('POST', '/v1/apps');
        assert.equal(made.status, 201, made.text);
        mine.push(made.json);
        await RawPusher.join(server, { key: made.json.keys[0].key })
          .then((raw) => raw.leave());
      } else if (step === 9) {
        const { id, keys } = mine.shift();
        const raw = await RawPusher.join(server, { key: keys[0].key });
        assert.equal((await server.manage('DELETE', `/v1/apps/${id}`)).status,
                     204);
        assert.equal((await raw.nextClose()).code, 4003);
      } else if (i % 2 === 1) {
        const { id } = mine[0];
        const answer = await server.manage('PATCH', `/v1/apps/${id}`, {
          client_events_per_second: i,
          origins: [`host-${i}.example`],
        });
        assert.equal(answer.status, 200, answer.text);
        await server.manage('PATCH', `/v1/apps/${id}`, { origins: [] });
      } else {
        server.configure({
          sections: {
            ...sections, limits: { ...limits, max_outbox: `${1024 + i}KiB` },
          },
          apps: appsToml.replace(
            'id = "1"', `id = "1"\nclient_events_per_second = ${i + 1}`),
        });
        await hangUp(server);
      }
    }
    assert.equal(logged(server, 'reload_failed').length, 0);
    assert.equal((await server.manage('POST', '/v1/reload')).status, 200);
    const shown = await RawSocket.open(server.tlsPort, { secure });
    assert.equal(shown.socket.getPeerCertificate().subject.CN, 'odd');
    shown.destroy();

    const before = sent[0];
    await until(() => sent[0] > before + 10, 'events after the last change');
    going = false;
    await publishing; // no publish was refused
    for (const raw of listeners) {
      const next = [0, 0, 0];
      while (next.some((n, i) => n < sent[i])) {
        const { event, data } = await raw.nextEvent();
        const from = /^from-(\d)$/.exec(event);
        if (from) assert.equal(JSON.parse(data).n, next[from[1]]++);
      }
      raw.destroy();
    }
    const { closed, opened, drift } = await figures();
    assert.equal(closed, 0, 'no socket was dropped');
    assert.ok(opened >= held + watching);
    assert.equal(drift, 0);
    const report = await holder.end();
    assert.deepEqual(report.failures, []);
    assert.equal(report.held_at_end, held);
    await server.reaches(0, 'tidewire_connections', {}, 60_000);
    await server.stop(20_000);
  });

  /** Of the main app, but for the listeners that were told to go. */
  async function figures() {
    await server.reaches(held, 'tidewire_connections', { app_id: '1' }, 20_000);
    const lost = await server.metric('tidewire_connections_closed_total',
                                     { app_id: '1' });
    return {
      closed: lost - watching,
      opened: await server.metric('tidewire_connections_opened_total',
                                  { app_id: '1' }),
      drift: await server.metric('tidewire_gauge_drift'),
    };
  }
});
