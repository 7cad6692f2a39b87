// TLS: the real SDKs over wss and https, certificates replaced under open
// sockets, and everybody who speaks the wrong thing on a port.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publish, requestBytes, signedTarget } from './lib/api.mjs';
import { Authority } from './lib/certificates.mjs';
import { close, text } from './lib/frames.mjs';
import { RawPusher, RawSocket, RawWebSocket } from './lib/raw.mjs';
import { run as tidewire } from './lib/server.mjs';
import { client, disconnectAll } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { patience, sanitized, until, within } from './lib/until.mjs';

const authority = new Authority();
after(() => authority.remove());

const here = path.dirname(fileURLToPath(import.meta.url));
const roundTrip = path.join(here, 'lib/tls_round_trip.mjs');
const secure = { ca: authority.pem };

/** `[tls]` with a certificate of its own for each server. */
function tlsSection(name, more = {}) {
  return { port: 0, ...authority.install(authority.issue(name), name),
           ...more };
}

/** The SDKs in a process that trusts the authority. */
async function sdksMeet(port) {
  const { stdout } = await promisify(execFile)(
    process.execPath, [roundTrip, String(port)],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.file } });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** The name on the certificate that a new handshake is shown. */
async function nameShown(port) {
  const raw = await RawSocket.open(port, { secure });
  const { CN } = raw.socket.getPeerCertificate().subject;
  raw.destroy();
  return CN;
}

/** Why a TLS client was sent away. */
async function handshakeError(port, options = {}) {
  const socket = tls.connect({ port, host: '127.0.0.1', ...secure, ...options,
                               servername: 'localhost' });
  const [error] = await within(once(socket, 'error'), 'a handshake error');
  socket.destroy();
  return error;
}

/** A signed request over https. */
async function secureCall(port, method, tail, body = '', agent = undefined) {
  const target = signedTarget(method, `/apps/1${tail}`, { body });
  const request = https.request({ port, host: '127.0.0.1', method, agent,
                                  path: target, servername: 'localhost',
                                  ...secure });
  request.end(body);
  const [answer] = await within(once(request, 'response'), 'an answer');
  let whole = '';
  for await (const part of answer.setEncoding('utf8')) whole += part;
  return { status: answer.statusCode, text: whole };
}

/** Gauge and sockets agree for as long as two audits take. */
async function driftStaysZero(server) {
  await server.reaches(0, 'tidewire_gauge_drift');
  assert.equal((await server.get('/v1/gauge').then((x) => x.json())).drift, 0);
}

withServer('a TLS port of its own',
           { sections: { tls: tlsSection('own') } }, (run) => {
  const join = (options) => RawPusher.join(
    run.server, { port: run.server.tlsPort, secure, ...options });

  test('pusher-js over wss and the Node SDK over https, both verifying',
       async () => {
    assert.deepEqual(await sdksMeet(run.server.tlsPort), {
      data: { id: 7 }, status: 200, channels: ['private-orders'] });
  });

  test('plain and encrypted subscribers hear the same events', async () => {
    const plain = await RawPusher.join(run.server);
    const encrypted = await join();
    for (const one of [plain, encrypted]) await one.subscribe('both');
    await publish(run.server, { name: 'e', channel: 'both', data: 'hi' });
    for (const one of [plain, encrypted]) {
      assert.equal((await one.nextEvent('e')).data, 'hi');
      await one.leave();
    }
  });

  test('http/1.1 is chosen, an offer of h2 alone is refused', async () => {
    const raw = await RawSocket.open(
      run.server.tlsPort,
      { secure: { ...secure, ALPNProtocols: ['h2', 'http/1.1'] } });
    assert.equal(raw.socket.alpnProtocol, 'http/1.1');
    raw.destroy();
    const error =
      await handshakeError(run.server.tlsPort, { ALPNProtocols: ['h2'] });
    assert.match(error.message, /no application protocol/i);
  });

  test('TLS 1.3 and 1.2 are spoken, 1.1 is refused', async () => {
    for (const version of ['TLSv1.3', 'TLSv1.2']) {
      const raw = await join({
        secure: { ...secure, minVersion: version, maxVersion: version } });
      assert.equal(raw.socket.getProtocol(), version);
      await raw.leave();
    }
    const error = await handshakeError(run.server.tlsPort, {
      minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0' });
    assert.match(error.message, /protocol version/i);
  });

  test('https keeps the socket and answers pipelined requests in order',
       async () => {
    const raw = await RawSocket.open(run.server.tlsPort, { secure });
    const requests = ['/channels', '/channels/x', '/nothing']
      .map((tail) => requestBytes('GET', `/apps/1${tail}`));
    raw.write(requests.join(''));
    assert.equal((await raw.response()).body, '{"channels":{}}');
    assert.match((await raw.response()).body, /"occupied":false/);
    assert.equal((await raw.response()).status, 404);
    for (const byte of requests[0]) raw.write(byte);
    assert.equal((await raw.response()).status, 200);
    raw.destroy();
  });

  test('a large body and a large answer go through TLS', async () => {
    const names = Array.from({ length: 400 },
                             (_, i) => `presence-${i}-${'x'.repeat(120)}`);
    const agent = new https.Agent({ keepAlive: true });
    const all = await join();
    for (const name of names) {
      all.send('pusher:subscribe', { auth: '', channel: name.slice(9) });
      await all.nextEvent('pusher_internal:subscription_succeeded');
    }
    const answer = await secureCall(run.server.tlsPort, 'GET', '/channels', '',
                                    agent);
    assert.equal(Object.keys(JSON.parse(answer.text).channels).length, 400);
    const data = 'y'.repeat(10_000);
    const batch = { batch: Array.from({ length: 10 }, () => (
      { channel: names[0].slice(9), name: 'big', data })) };
    const taken = await secureCall(run.server.tlsPort, 'POST', '/batch_events',
                                   JSON.stringify(batch), agent);
    assert.equal(taken.status, 200, taken.text);
    for (let i = 0; i < 10; ++i)
      assert.equal((await all.nextEvent('big')).data, data);
    agent.destroy();
    await all.leave();
  });

  test('frames may come in any pieces', async () => {
    const raw = await join();
    for (const byte of text('{"event":"pusher:ping","data":{}}'))
      raw.write(Buffer.from([byte]));
    await raw.nextEvent('pusher:pong');
    await raw.leave();
  });

  test('a goodbye ends with close_notify', async () => {
    const raw = await join();
    raw.write(close(1000));
    assert.equal((await raw.nextClose()).code, 1000);
    // Node says 'end' at close_notify, and reports an error without one.
    await raw.gone();
    assert.equal(raw.ended, true);
    assert.equal(raw.reset, false);
    raw.destroy();
    await run.server.reaches(0, 'tidewire_connections');
  });

  test('an end without a close frame is lost, with close_notify or without',
       async () => {
    const lost = () => run.server.metric(
      'tidewire_connections_closed_total', { reason: 'lost' });
    const before = await lost();
    (await join()).end(); // close_notify and FIN
    await until(async () => await lost() === before + 1, 'the first is lost');
    const cut = await join();
    cut.socket.destroy(); // whatever Node makes of it
    await until(async () => await lost() === before + 2, 'the second is lost');
    const tcp = net.connect(run.server.tlsPort, '127.0.0.1');
    await join({ secure: { ...secure, socket: tcp } });
    tcp.resetAndDestroy();
    await until(async () => await lost() === before + 3, 'the third is lost');
  });

  test('plain HTTP on the TLS port is told to use https', async () => {
    const raw = await RawSocket.open(run.server.tlsPort);
    raw.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const answer = await raw.response();
    assert.equal(answer.status, 400);
    assert.match(answer.body, /TLS.*https:\/\/ or wss:\/\//);
    await raw.gone();
    raw.destroy();
    const upgrading = await RawWebSocket.open(run.server.tlsPort);
    assert.equal((await upgrading.upgrade(RawPusher.target())).status, 400);
    upgrading.destroy();
  });

  test('TLS on the plain port is refused with an alert', async () => {
    const error = await handshakeError(run.server.port);
    assert.match(error.message, /handshake failure/i);
  });

  test('a broken handshake hurts nobody else', async () => {
    const good = await join();
    for (const bytes of ['\x16\x03\x01\x00\x05hello',
                         '\x16\xff\xff\xff\xff\xff\xff\xff\xff']) {
      const raw = await RawSocket.open(run.server.tlsPort);
      raw.write(Buffer.from(bytes, 'latin1'));
      await raw.gone();
      assert.equal(raw.buffered[0], 0x15); // an alert says why
      raw.destroy();
    }
    await good.fence();
    await good.leave();
  });

  test('gauge and drift are right with both ports', async () => {
    await run.server.reaches(0, 'tidewire_connections');
    const all = await Promise.all(Array.from({ length: 60 }, (_, i) =>
      i % 2 ? join() : RawPusher.join(run.server)));
    // Half handshakes and idle sessions are sockets, too.
    const pending = await Promise.all([
      RawSocket.open(run.server.tlsPort), RawSocket.open(run.server.port),
      RawSocket.open(run.server.tlsPort, { secure })]);
    await run.server.reaches(60, 'tidewire_connections');
    const begun = Date.now();
    while (Date.now() - begun < 2500) { // more than two audits
      await driftStaysZero(run.server);
      const [one] = all.splice(Math.trunc(Math.random() * all.length), 1);
      one.destroy();
      all.push(await (Math.random() < 0.5 ? join()
        : RawPusher.join(run.server)));
    }
    for (const one of [...all, ...pending]) one.destroy();
    await run.server.reaches(0, 'tidewire_connections');
    await driftStaysZero(run.server);
  });
});

withServer('TLS and plain on one port',
           { sections: { tls: tlsSection('same', { same_port: true }) } },
           (run) => {
  test('both SDKs, encrypted and plain', async () => {
    assert.equal(run.server.tlsPort, run.server.port);
    assert.deepEqual((await sdksMeet(run.server.port)).data, { id: 7 });
    const plain = await RawPusher.join(run.server);
    await plain.leave();
    assert.equal((await publish(run.server, {
      name: 'e', channel: 'c', data: '1' })).status, 200);
  });

  test('who neither speaks TLS nor HTTP is told so', async () => {
    const raw = await RawSocket.open(run.server.port);
    raw.write('\x00\x01\x02');
    assert.equal((await raw.response()).status, 400);
    raw.destroy();
  });
});

withServer('TLS required',
           { sections: { tls: tlsSection('required', { required: true }) } },
           (run) => {
  test('a plain WebSocket is closed with 4000', async () => {
    const raw = await RawWebSocket.connect(run.server.port,
                                           RawPusher.target());
    const last = await raw.nextClose();
    assert.equal(last.code, 4000);
    assert.match(last.reason, /wss:\/\//);
    raw.destroy();
    await run.server.reaches(1, 'tidewire_connections_refused_total',
                             { reason: 'tls_only' });
  });

  test('pusher-js without TLS hears 4000', async () => {
    const pusher = client(run.server);
    const codes = [];
    pusher.connection.bind('error', (e) => codes.push(e.error?.data?.code));
    await until(() => codes.includes(4000), '4000 at pusher-js');
    disconnectAll();
  });

  test('plain API requests get a 403 that says what to use', async () => {
    const answer =
      await publish(run.server, { name: 'e', channel: 'c', data: '1' });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /https:\/\//);
  });

  test('encrypted ones are served', async () => {
    assert.deepEqual((await sdksMeet(run.server.tlsPort)).data, { id: 7 });
  });
});

// Raw sockets answer no pings, and a hundred reloads may take their time.
withServer('certificates under open sockets', {
  sections: { tls: tlsSection('first'), limits: { activity_timeout: '1h' } },
}, (run) => {
  const install = (what) => authority.install(what, 'first');
  const reload = async (pattern) => {
    const before = run.server.stderr.length;
    run.server.signal('SIGHUP');
    return until(() => pattern.exec(run.server.stderr.slice(before))?.[0],
                 `the log says ${pattern}`);
  };

  test('a new certificate is shown to new sockets and old ones live on',
       async () => {
    const port = run.server.tlsPort;
    const old = await Promise.all(Array.from({ length: 20 }, () =>
      RawPusher.join(run.server, { port, secure })));
    for (const one of old) await one.subscribe('news');
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal(await nameShown(port), 'first');
    // A handshake that has begun with the old one ends with it.
    const half = net.connect(port, '127.0.0.1');
    await once(half, 'connect');
    install(authority.issue('second'));
    await reload(/certificate_reloaded.*CN=second/);
    await until(async () => await nameShown(port) === 'second',
                'the new certificate is shown');
    const body = JSON.stringify({ name: 'e', channel: 'news', data: 'x' });
    assert.equal(
      (await secureCall(port, 'POST', '/events', body, agent)).status, 200);
    for (const one of old) assert.equal((await one.nextEvent('e')).data, 'x');
    await run.server.reaches(20, 'tidewire_connections');
    for (const one of old) await one.leave();
    agent.destroy();
    half.destroy();
  });

  test('replaced a hundred times under traffic, no socket drops', async () => {
    const port = run.server.tlsPort;
    const certificates = [authority.issue('even'), authority.issue('odd')];
    const sockets = await Promise.all(Array.from({ length: 50 }, () =>
      RawPusher.join(run.server, { port, secure })));
    for (const one of sockets) await one.subscribe('traffic');
    for (let i = 0; i < 100; ++i) {
      install(certificates[i % 2]);
      await reload(/certificate_reloaded/);
      const body =
        JSON.stringify({ name: 'e', channel: 'traffic', data: String(i) });
      const answer = await secureCall(port, 'POST', '/events', body);
      assert.equal(answer.status, 200, answer.text);
    }
    for (const one of sockets)
      for (let i = 0; i < 100; ++i)
        assert.equal((await one.nextEvent('e')).data, String(i));
    await run.server.reaches(50, 'tidewire_connections');
    for (const one of sockets) await one.leave();
  });

  test('what is wrong with a new one is said, and the old one stays',
       async () => {
    const port = run.server.tlsPort;
    const good = authority.issue('good');
    install(good);
    await reload(/certificate_reloaded.*CN=good/);
    const other = authority.issue('other');
    for (const [bad, why] of [
      [{ ...good, key: other.key }, /does not belong to the certificate/],
      [{ ...good, certificate: 'nonsense\n' }, /no certificate in PEM form/],
      [{ ...good, key: '' }, /no private key in PEM form/],
      [authority.issue('late', { days: -1 }), /expired on/],
    ]) {
      install(bad);
      const said = await reload(/.*certificate_refused.*/);
      assert.match(said, why);
      assert.match(said, /certificate in use stays/);
      assert.equal(await nameShown(port), 'good');
      const { status, json } = await run.server.manage('POST', '/v1/reload');
      assert.equal(status, 200);
      assert.match(json.warnings.join(), why);
    }
    install(good);
    await reload(/certificate_reloaded/);
  });
});

withServer('endless handshakes', {
  sections: { tls: tlsSection('slow'), limits: { handshake_timeout: '1s' } },
}, (run) => {
  test('a handshake that never ends is closed in time', async () => {
    const timedOut = () => run.server.metric(
      'tidewire_connections_refused_total', { reason: 'handshake_timeout' });
    const before = await timedOut();
    const begun = performance.now();
    const silent = await RawSocket.open(run.server.tlsPort);
    const half = await RawSocket.open(run.server.tlsPort);
    half.write(Buffer.from('16030100ff010000fb0303', 'hex'));
    const mute = await RawSocket.open(run.server.tlsPort, { secure });
    // Drips: no byte of it buys more time.
    const dripping = await RawSocket.open(run.server.tlsPort, { secure });
    const request = `GET /app/app-key?protocol=7 HTTP/1.1\r\nx: ${'y'.repeat(
      1000)}`;
    let at = 0;
    const drip = setInterval(() => dripping.write(request[at++]), 20);
    for (const one of [silent, half, mute, dripping])
      await one.gone(5000);
    clearInterval(drip);
    const took = performance.now() - begun;
    assert.ok(took > 900 && took < 2500 * patience, `${took} ms`);
    assert.equal(await timedOut() - before, 4);
    for (const one of [silent, half, mute, dripping]) one.destroy();
  });
});

withServer('idle memory', {
  sections: { tls: tlsSection('idle'), limits: { activity_timeout: '1h' } },
}, (run) => {
  test('2,000 idle TLS connections cost at most 20 KiB each',
       { skip: sanitized && 'sanitizers have memory of their own' },
       async () => {
    const count = 2000;
    const port = run.server.tlsPort;
    const all = [];
    const open = async (more) => {
      for (let i = 0; i < more; i += 50)
        all.push(...await Promise.all(Array.from({ length: 50 }, async () => {
          const one = await RawPusher.join(run.server, { port, secure });
          await one.subscribe('idle');
          return one;
        })));
    };
    await open(200); // what is allocated once
    const before = run.server.anonymousBytes();
    await open(count);
    await run.server.reaches(count + 200, 'tidewire_connections');
    const each = (run.server.anonymousBytes() - before) / count;
    assert.ok(each <= 20 * 1024, `${each} bytes each`);
    assert.ok(each > 1000, `${each} bytes each: nothing was measured`);
    await all[7].fence();
    for (const one of all) one.destroy();
    await run.server.reaches(0, 'tidewire_connections');
  });
});

withServer('slow readers over TLS', {
  sections: { tls: tlsSection('sluggish'),
              limits: { max_outbox: '128KiB' } },
}, (run) => {
  test('one that does not read is closed, others are not', async () => {
    const port = run.server.tlsPort;
    const slow = await RawPusher.join(run.server, { port, secure });
    const quick = await RawPusher.join(run.server, { port, secure });
    for (const one of [slow, quick]) await one.subscribe('flood');
    slow.socket.pause();
    const data = 'z'.repeat(10_000);
    let sent = 0;
    const closed = () => run.server.metric(
      'tidewire_connections_closed_total', { reason: 'slow_reader' });
    while (await closed() === 0) {
      await publish(run.server, { name: 'e', channel: 'flood', data });
      assert.ok(++sent < 3000, 'a slow reader is never closed');
    }
    for (let i = 0; i < sent; ++i) await quick.nextEvent('e');
    await quick.fence();
    assert.equal(await closed(), 1);
    for (const one of [slow, quick]) one.destroy();
  });
});

test('files that are no use keep the server from starting, and it says why',
     async () => {
  const good = authority.install(authority.issue('start'), 'start');
  const start = (more) => tidewire([
    'serve', '--port', '0', '--admin-port', '0', '--set', 'tls.port=0',
    ...Object.entries({ ...good, ...more })
      .flatMap(([k, v]) => ['--set', `tls.${k}=${v}`])]);
  const missing = await start({ certificate: '/nowhere/a.pem' });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr,
               /tls\.certificate .*\/nowhere\/a\.pem.* cannot be read: No such/);
  const swapped = await start({ certificate: good.key });
  assert.equal(swapped.code, 1);
  assert.match(swapped.stderr, /no certificate in PEM form/);
  const half = await tidewire(['config', 'check', '--set',
                               `tls.certificate=${good.certificate}`]);
  assert.notEqual(half.code, 0);
  assert.match(half.stdout + half.stderr, /tls\.key.*TLS needs both files/);
});
