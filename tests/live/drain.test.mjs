// How a node leaves: SIGTERM and double SIGTERM, under load.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { publish, requestBytes } from './lib/api.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { client, connected, disconnectAll, subscribed } from './lib/sdk.mjs';
import { Server } from './lib/server.mjs';
import { patience, until, within } from './lib/until.mjs';

const duration = 3000;
const drain = { duration: `${duration}ms` };
const now = () => performance.now();

/** A server with `count` raw clients, subscribed and talked to. */
async function loaded(count, sections = { drain }) {
  const server = await Server.start({ sections });
  const clients = [];
  for (let i = 0; i < count; ++i) {
    const raw = await RawPusher.join(server);
    await raw.subscribe('load');
    clients.push(raw);
  }
  return { server, clients };
}

/** Publishes until told to stop, or until the server is gone. */
function keepPublishing(server) {
  const state = { stop: false, sent: 0 };
  state.done = (async () => {
    while (!state.stop) {
      const answer = await publish(
        server, { name: 'e', channel: 'load', data: '{}' }).catch(() => null);
      if (answer?.status !== 200) return;
      ++state.sent;
    }
  })();
  return state;
}

const refusedTcp = (port) => RawSocket.open(port).then(
  (raw) => { raw.destroy(); return false; },
  (error) => error.code === 'ECONNREFUSED');

describe('draining', { timeout: 120_000 * patience }, () => {
  const servers = [];
  after(async () => {
    disconnectAll();
    for (const server of servers) await server.kill();
  });

  test('200 clients are sent away with 4200, one after the other',
       async () => {
    const { server, clients } = await loaded(180);
    servers.push(server);
    const pages =
      await Promise.all(Array.from({ length: 20 }, () =>
        connected(client(server))));
    for (const page of pages) await subscribed(page, 'load');
    await server.reaches(200, 'tidewire_connections');
    const load = keepPublishing(server);
    await until(() => load.sent > 5, 'events flow');

    const began = now();
    server.signal('SIGTERM');
    const readiness = within((async () => {
      await until(async () => (await server.get('/readyz')).status === 503,
                  '/readyz is 503', 1000);
      return (await server.get('/healthz')).status;
    })(), 'readiness', 2000);
    const refusing =
      until(() => refusedTcp(server.port), 'TCP is refused', 1000);
    const ends = clients.map(async (raw) => {
      const end = await raw.nextClose(duration + 2000);
      return { code: end.code, at: now() - began };
    });
    assert.equal(await readiness, 200, 'alive while it drains');
    await refusing;
    const seen = await Promise.all(ends);
    const end = await within(server.exited, 'exit', duration + 3000);
    const lasted = now() - began;
    load.stop = true;
    await load.done;

    assert.deepEqual(end, { code: 0, signal: null }, server.stderr);
    assert.ok(lasted <= (duration + 2000) * patience, `it took ${lasted} ms`);
    assert.ok(seen.every((one) => one.code === 4200),
              `codes ${[...new Set(seen.map((one) => one.code))]}`);
    // Paced: no fifth of the time sees half of the closes, and they reach far
    // into the time there is.
    const fifths = [0, 0, 0, 0, 0];
    for (const { at } of seen)
      ++fifths[Math.min(4, Math.floor((5 * at) / duration))];
    assert.ok(Math.max(...fifths) < seen.length / 2, `closes: ${fifths}`);
    assert.ok(fifths.filter((n) => n > 0).length >= 4, `closes: ${fifths}`);
    // pusher-js takes 4200 as “come back now”, and would.
    for (const page of pages)
      assert.notEqual(page.connection.state, 'disconnected');
  });

  test('events still flow to those who wait for their turn', async () => {
    const { server, clients } = await loaded(50);
    servers.push(server);
    // Accepting ends with SIGTERM; this one was accepted before.
    const publisher = await RawSocket.open(server.port);
    const send = async () => {
      publisher.write(requestBytes('POST', '/apps/1/events', {
        body: JSON.stringify({ name: 'last', channel: 'load', data: '1' }) }));
      return (await publisher.response()).status;
    };
    assert.equal(await send(), 200);
    server.signal('SIGTERM');
    await until(async () => (await server.get('/readyz')).status === 503,
                '/readyz is 503', 1000);
    const waiting = clients.filter((raw) => !raw.closed);
    assert.ok(waiting.length > 10, `${waiting.length} are still open`);
    const status = await send().catch(() => 'closed');
    if (status === 200)
      await Promise.any(waiting.map((raw) => raw.nextEvent('last')));
    else assert.ok([503, 'closed'].includes(status), `publish: ${status}`);
    const end = await within(server.exited, 'exit', duration + 3000);
    assert.deepEqual(end, { code: 0, signal: null }, server.stderr);
  });

  test('nobody connected: it ends at once', async () => {
    const server = await Server.start({ sections: {
      drain: { duration: '20s' } } });
    servers.push(server);
    const began = now();
    server.signal('SIGTERM');
    const end = await within(server.exited, 'exit', 3000);
    assert.deepEqual(end, { code: 0, signal: null }, server.stderr);
    assert.ok(now() - began < 3000 * patience);
  });

  test('clients that do not answer do not hold it up', async () => {
    const { server, clients } = await loaded(20, { drain: { duration: '1s' } });
    servers.push(server);
    for (const raw of clients) raw.socket.pause();
    const half = await RawSocket.open(server.port);
    half.write('GET /app/app-key HT');
    const idle = await RawSocket.open(server.port);
    server.signal('SIGTERM');
    const end = await within(server.exited, 'exit', 3000);
    assert.deepEqual(end, { code: 0, signal: null }, server.stderr);
    for (const raw of [...clients, half, idle]) raw.destroy();
  });

  test('a second SIGTERM ends it at once', async () => {
    const { server, clients } =
      await loaded(200, { drain: { duration: '60s' } });
    servers.push(server);
    const load = keepPublishing(server);
    await until(() => load.sent > 5, 'events flow');
    server.signal('SIGTERM');
    await until(async () => (await server.get('/readyz')).status === 503,
                '/readyz is 503', 1000);
    const again = now();
    server.signal('SIGTERM');
    const end = await within(server.exited, 'exit', 1000);
    load.stop = true;
    await load.done;
    assert.ok(now() - again < 1000 * patience);
    assert.equal(end.signal, null, 'it exits, it is not killed');
    for (const raw of clients) await raw.gone();
  });

  test('SIGINT drains as SIGTERM does', async () => {
    const { server, clients } = await loaded(5, { drain: { duration: '1s' } });
    servers.push(server);
    server.signal('SIGINT');
    for (const raw of clients)
      assert.equal((await raw.nextClose()).code, 4200);
    const end = await within(server.exited, 'exit', 3000);
    assert.deepEqual(end, { code: 0, signal: null }, server.stderr);
  });

  test('SIGTERM while connections come and go', async () => {
    const { server } = await loaded(0, { drain: { duration: '1s' } });
    servers.push(server);
    let stop = false;
    let joined = 0;
    const churn = Array.from({ length: 10 }, async () => {
      while (!stop) {
        const raw = await RawPusher.join(server).catch(() => null);
        if (!raw) return;
        ++joined;
        raw.resetNow();
      }
    });
    await until(() => joined > 100, 'connections come and go');
    server.signal('SIGTERM');
    const end = await within(server.exited, 'exit', 3000);
    stop = true;
    await Promise.all(churn);
    assert.deepEqual(end, { code: 0, signal: null }, server.stderr);
  });
});
