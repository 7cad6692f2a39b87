// The demo page: what the admin port serves, and the page's own protocol code
// against the server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, afterEach, describe, test } from 'node:test';
import { publisher } from './lib/sdk.mjs';
import { ShimWebSocket } from './lib/shim.mjs';
import { withServer } from './lib/suite.mjs';
import { Inbox, until } from './lib/until.mjs';

// Older Nodes take a .js for CommonJS unless a package.json says otherwise, and
// the example needs none.
const script = new URL('../../examples/demo/client.js', import.meta.url);
const { GaugeHistory, TideClient, afterClose, decodeData, knownRuns } =
  await import('data:text/javascript;base64,' +
               readFileSync(script).toString('base64'));

const clients = [];

/** A client of the page, and all that it reports. */
function open(url, options = {}) {
  const heard = { states: [], events: new Inbox(), errors: new Inbox() };
  const client = new TideClient({
    url, key: 'app-key', WebSocket: ShimWebSocket,
    onState: (state, reason) => heard.states.push({ state, reason }),
    onEvent: (event) => heard.events.push(event),
    onError: (error) => heard.errors.push(error),
    ...options,
  });
  client.connect();
  clients.push(client);
  return Object.assign(client, { heard });
}

function closeAll() {
  for (const client of clients.splice(0)) client.close();
}

const is = (client, state) =>
  until(() => client.state === state, `${state}; it is ${client.state}`);

// The server as it comes: the demo app and nothing else.
const options = { apps: '', sections: { limits: { activity_timeout: '1s',
                                                  pong_timeout: '10s' } } };
withServer('the demo page', options, (run) => {
  afterEach(closeAll);

  const url = () => `ws://127.0.0.1:${run.server.port}`;
  const publish = (name, data, channel = 'demo') =>
    run.server.get('/demo/publish', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, channel, data }),
    });

  for (const [path, file, type] of [
    ['/', 'index.html', /^text\/html/],
    ['/demo.js', 'demo.js', /^text\/javascript/],
    ['/client.js', 'client.js', /^text\/javascript/]])
    test(`${path} is served as it stands in the tree`, async () => {
      const answer = await run.server.get(path);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type'), type);
      assert.match(answer.headers.get('content-security-policy'),
                   /default-src 'self'/);
      const source = new URL(`../../examples/demo/${file}`, import.meta.url);
      assert.equal(await answer.text(), readFileSync(source, 'utf8'));
    });

  test('the page asks nobody else for anything', async () => {
    const page = await (await run.server.get('/')).text();
    for (const [, link] of page.matchAll(/(?:src|href)="([^"]*)"/g))
      assert.match(link, /^\/[^/]/, link);
  });

  test('the page learns where to connect', async () => {
    assert.deepEqual(await (await run.server.get('/demo.json')).json(),
                     { ws: url(), key: 'app-key', app_id: '1' });
  });

  test('it connects, subscribes and receives what it publishes', async () => {
    const client = open(url());
    client.subscribe('demo');
    await client.heard.events.next('subscribed');
    assert.ok(client.isSubscribed('demo'));
    assert.match(client.socketId, /^\d+\.\d+$/);
    assert.deepEqual(client.heard.states.map((s) => s.state),
                     ['connecting', 'connected']);
    const answer = await publish('message', '{"text":"hi","id":"1-2"}');
    assert.equal(answer.status, 200, await answer.text());
    assert.deepEqual(await client.heard.events.next('message'),
                     { event: 'message', channel: 'demo',
                       data: { text: 'hi', id: '1-2' } });
  });

  test('an event of a real SDK looks the same', async () => {
    const client = open(url());
    client.subscribe('demo');
    await client.heard.events.next('subscribed');
    await publisher(run.server).trigger('demo', 'message', 'plain words');
    assert.equal((await client.heard.events.next('message')).data,
                 'plain words');
  });

  test('a publish that is none is refused with a sentence', async () => {
    const answer = await publish('message', '', 'no channel');
    assert.equal(answer.status, 400);
    assert.ok((await answer.text()).length > 10);
  });

  test('unsubscribing ends the events', async () => {
    const client = open(url());
    for (const name of ['demo', 'other']) client.subscribe(name);
    await client.heard.events.next('subscribed');
    await client.heard.events.next('subscribed');
    client.unsubscribe('demo');
    await until(async () => {
      const answer = await publisher(run.server).get({ path: '/channels' });
      return !('demo' in (await answer.json()).channels);
    }, 'the channel is vacated');
    await publish('message', '1', 'demo');
    await publish('message', '2', 'other');
    assert.equal((await client.heard.events.next('an event')).data, 2);
  });

  test('the gauge follows what the page opens and closes', async () => {
    const gauge = async () =>
      (await run.server.get('/v1/gauge')).json();
    const shows = (n) => until(async () => (await gauge()).total === n,
                               `the gauge shows ${n}`);
    await shows(0);
    const all = Array.from({ length: 50 }, () => open(url()));
    await shows(50);
    const { pending, ...rest } = await gauge(); // others of ours may be coming
    assert.ok(pending >= 0);
    assert.deepEqual(rest, {
      total: 50, apps: { 1: 50 }, unauthorized: {}, drift: 0, exact: true,
    });
    for (const client of all.slice(0, 40)) client.close();
    await shows(10);
    all[0].connect();
    await shows(11);
    closeAll();
    await shows(0);
  });

  test('it keeps itself alive through silence', async () => {
    const client = open(url());
    await is(client, 'connected');
    const id = client.socketId;
    const began = performance.now();
    await until(() => performance.now() - began > 5000, 'five seconds', 6000);
    assert.equal(client.state, 'connected');
    assert.equal(client.socketId, id);
    assert.equal(client.heard.errors.length, 0);
  });

  test('an unknown key is final', async () => {
    const client = open(url(), { key: 'no-such-key' });
    await is(client, 'failed');
    assert.equal((await client.heard.errors.next('error')).code, 4001);
    assert.ok(client.heard.states.at(-1).reason.length > 5);
  });

  test('an error event is reported and changes nothing', async () => {
    const client = open(url());
    client.subscribe('not a channel');
    const error = await client.heard.errors.next('error');
    assert.ok(error.message.length > 5);
    assert.equal(client.state, 'connected');
  });
});

// A server that does as a test says, for what the real one does rarely.
describe('the page’s client when the server ends it', () => {
  const servers = [];
  const sockets = [];
  after(() => {
    closeAll();
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  const unmasked = (opcode, payload) => {
    const body = Buffer.from(payload);
    return Buffer.concat([Buffer.from([0x80 | opcode, body.length]), body]);
  };
  const established = (seconds) => unmasked(1, JSON.stringify({
    event: 'pusher:connection_established',
    data: JSON.stringify({ socket_id: '1.1', activity_timeout: seconds }) }));

  /** `script(socket, n)` runs after the handshake of the n-th connection. */
  async function fake(script) {
    let count = 0;
    const server = net.createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.once('data', (request) => {
        const [, key] = /Sec-WebSocket-Key: (\S+)/i.exec(request);
        const accept = createHash('sha1')
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64');
        socket.write('HTTP/1.1 101 Switching Protocols\r\n' +
                     'Upgrade: websocket\r\nConnection: Upgrade\r\n' +
                     `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
        script(socket, ++count);
      });
    });
    servers.push(server);
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return `ws://127.0.0.1:${server.address().port}`;
  }

  const closing = (code) => unmasked(
    8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from('x')]));

  for (const [code, ms] of [[4200, 500], [4100, 2000], [1001, 2000]])
    test(`${code} brings it back, subscribed`, async () => {
      const url = await fake((socket, n) => {
        socket.write(established(120));
        if (n === 1) return socket.end(closing(code));
        socket.on('data', () => socket.write(unmasked(1, JSON.stringify({
          event: 'pusher_internal:subscription_succeeded', channel: 'demo',
          data: '{}' }))));
      });
      const client = open(url);
      client.subscribe('demo');
      await until(() => client.state === 'waiting', 'it waits');
      const lost = performance.now();
      await until(() => client.isSubscribed('demo'), 'it is back', ms);
      assert.equal(client.state, 'connected');
      // At once, but not all pages in the same instant; else half a second.
      assert.ok(code === 4200 || performance.now() - lost > 400);
      client.close();
    });

  test('a socket that breaks brings it back, too', async () => {
    const url = await fake((socket, n) => {
      socket.write(established(120));
      if (n === 1) socket.destroy();
    });
    const client = open(url);
    await until(() => client.heard.states.filter(
      (s) => s.state === 'connected').length === 2, 'it is back');
    client.close();
  });

  test('a server that has gone silent is left', async () => {
    let pings = 0;
    const url = await fake((socket, n) => {
      socket.write(established(n === 1 ? 0.05 : 120));
      socket.on('data', () => { ++pings; });
    });
    const client = open(url, { pongTimeoutMs: 50 });
    await until(() => client.heard.states.filter(
      (s) => s.state === 'connected').length === 2, 'it is back');
    assert.ok(pings > 0);
    const lost = client.heard.states.find((s) => s.state === 'waiting');
    assert.match(lost.reason, /silent/);
    client.close();
  });

  test('closing stays closed', async () => {
    let connections = 0;
    const url = await fake((socket) => {
      ++connections;
      socket.write(established(120));
      socket.once('data', () => socket.end(closing(1000)));
    });
    const client = open(url);
    await is(client, 'connected');
    client.close();
    await is(client, 'closed');
    client.connect();
    await is(client, 'connected');
    assert.equal(connections, 2);
    client.close();
  });
});

describe('the pure parts of the page', () => {
  test('close codes decide whether a client comes back', () => {
    const table = { stop: [4000, 4001, 4003, 4009, 4099, 4300, 4301, 4999],
                    wait: [1000, 1001, 1005, 1006, 1011, 3000, 4100, 4199],
                    now: [4200, 4201, 4202, 4299] };
    for (const [action, codes] of Object.entries(table))
      for (const code of codes) assert.equal(afterClose(code), action, code);
  });

  test('data is decoded once, and text stays text', () => {
    assert.deepEqual(decodeData('{"a":"{}"}'), { a: '{}' });
    assert.equal(decodeData('words'), 'words');
    assert.equal(decodeData(undefined), undefined);
    assert.deepEqual(decodeData({ a: 1 }), { a: 1 });
  });

  test('unknown is a gap in the chart, not a zero', () => {
    const history = new GaugeHistory(1000);
    [5, null, null, 7, 8].forEach((v, i) => history.add(i * 10, v));
    assert.deepEqual(knownRuns(history.samples).map((r) => r.length), [1, 2]);
  });

  test('the history forgets, and its scale has room', () => {
    const history = new GaugeHistory(1000);
    for (let i = 0; i < 100; ++i) history.add(i * 100, i === 0 ? 900 : 40);
    assert.ok(history.samples.length <= 13);
    assert.equal(history.ceiling(), 50);
    history.add(10_000, 99);
    assert.equal(history.ceiling(), 200);
    assert.equal(new GaugeHistory().ceiling(), 10);
  });
});
