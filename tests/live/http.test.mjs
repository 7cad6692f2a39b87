// HTTP/1.1 as it comes over the wire: keep-alive, pipelining, limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publish, requestBytes, signedTarget } from './lib/api.mjs';
import { RawPusher, RawSocket } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

const path = '/apps/1/events';
const eventBody = (data) =>
  JSON.stringify({ name: 'n', channel: 'row', data: String(data) });
const post = (body, more) => requestBytes('POST', path, { body, ...more });
const get = (tail) => requestBytes('GET', `/apps/1${tail}`);

withServer('HTTP', {}, (run) => {
  const open = () => RawSocket.open(run.server.port);

  test('a connection is kept for many requests', async () => {
    const raw = await open();
    for (let i = 0; i < 100; ++i) {
      raw.write(post(eventBody(i)));
      const answer = await raw.response();
      assert.equal(answer.status, 200);
      assert.equal(answer.body, '{}');
    }
    raw.destroy();
  });

  test('a refused request does not end the connection', async () => {
    const raw = await open();
    for (const [bytes, status] of [
      [requestBytes('GET', '/nonsense', { target: '/nonsense' }), 404],
      [requestBytes('GET', '/apps/1/channels', { spoil: (q) => {
        q.auth_signature = 'x';
      } }), 401],
      [post('{}'), 400],
      [post(eventBody('x'.repeat(10_241))), 413],
      [post(eventBody(1)), 200]]) {
      raw.write(bytes);
      assert.equal((await raw.response()).status, status);
    }
    assert.equal(raw.closed, false);
    raw.destroy();
  });

  test('pipelined requests are answered in their order', async () => {
    const subscriber = await RawPusher.join(run.server);
    await subscriber.subscribe('row');
    const raw = await open();
    const count = 300;
    // Publishes wait for their channel, queries and errors do not: the quick
    // ones must not overtake.
    const kinds = [
      (i) => [post(eventBody(i)), 200, /^\{\}$/],
      () => [get('/channels/nobody'), 200, /"occupied":false/],
      () => [requestBytes('GET', '/x', { target: '/x' }), 404, /./],
    ];
    const all =
      Array.from({ length: count }, (_, i) => kinds[i % kinds.length](i));
    raw.write(all.map(([bytes]) => bytes).join(''));
    for (const [, status, pattern] of all) {
      const answer = await raw.response();
      assert.equal(answer.status, status);
      assert.match(answer.body, pattern);
    }
    for (let i = 0; i < count; i += kinds.length)
      assert.equal((await subscriber.nextEvent('n')).data, String(i));
    raw.destroy();
    subscriber.destroy();
  });

  test('requests may come in pieces', async () => {
    const raw = await open();
    const bytes = Buffer.from(post(eventBody(1)) + get('/channels/nobody'));
    for (const one of bytes) raw.write(Buffer.from([one]));
    assert.equal((await raw.response()).status, 200);
    assert.match((await raw.response()).body, /occupied/);
    raw.destroy();
  });

  test('Connection: close is obeyed', async () => {
    const raw = await open();
    raw.write(post(eventBody(1), { headers: { Connection: 'close' } }));
    const answer = await raw.response();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.connection, /close/i);
    await raw.gone();
  });

  test('HTTP/1.0 is answered and closed', async () => {
    const raw = await open();
    raw.write(post(eventBody(1)).replace('HTTP/1.1', 'HTTP/1.0'));
    assert.equal((await raw.response()).status, 200);
    await raw.gone();
  });

  test('a client may send FIN and still be answered', async () => {
    const raw = await open();
    raw.write(post(eventBody(1)));
    raw.end();
    assert.equal((await raw.response()).status, 200);
    await raw.gone();
  });

  test('a chunked body is read', async () => {
    const raw = await open();
    const body = eventBody('chunked');
    const chunks = [body.slice(0, 7), body.slice(7)]
      .map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join('');
    raw.write(`POST ${signedTarget('POST', path, { body })} HTTP/1.1\r\n` +
              'Host: x\r\nContent-Type: application/json\r\n' +
              `Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    const answer = await raw.response();
    assert.equal(answer.status, 200, answer.body);
    raw.write(get('/channels/nobody'));
    assert.equal((await raw.response()).status, 200);
    raw.destroy();
  });

  test('Expect: 100-continue does not hang', async () => {
    const raw = await open();
    const body = eventBody(1);
    const bytes = post(body, { headers: { Expect: '100-continue' } });
    raw.write(bytes.slice(0, -body.length));
    // Either we are told to go on, or we go on by ourselves after a while, as
    // every client does.
    const first = await raw.response({ head: true, ms: 1000 })
      .catch(() => ({ status: 100 }));
    assert.equal(first.status, 100);
    raw.write(body);
    assert.equal((await raw.response()).status, 200);
    raw.destroy();
  });

  test('HEAD and OPTIONS are answered without a hang', async () => {
    const raw = await open();
    raw.write(requestBytes('HEAD', '/apps/1/channels'));
    const head = await raw.response({ head: true });
    assert.ok(head.status >= 200 && head.status < 500, head.status);
    raw.write('OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n');
    const options = await raw.response();
    assert.ok(options.status >= 200 && options.status < 500, options.status);
    raw.write(get('/channels/nobody'));
    assert.equal((await raw.response()).status, 200);
    raw.destroy();
  });

  const wrong = {
    'no HTTP at all': ['\u0016\u0003\u0001 hello\r\n\r\n', [400]],
    'a header of 20 KiB': [
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_480)}\r\n\r\n`, [431]],
    'headers without end': [
      `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(10_000)}`, [431]],
    'a target of 20 KiB': [
      `GET /${'x'.repeat(20_480)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]],
    'a Content-Length that is no number': [
      'POST /apps/1/events HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
      [400]],
    'two lengths that differ': [
      'POST /apps/1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n' +
      'Content-Length: 2\r\n\r\nab', [400]],
    'a length and chunks': [
      'POST /apps/1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n' +
      'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', [400]],
    'a declared body of 300 KB': [
      'POST /apps/1/events HTTP/1.1\r\nHost: x\r\n' +
      'Content-Length: 300000\r\n\r\n', [413]],
    'a declared body of 2^63': [
      'POST /apps/1/events HTTP/1.1\r\nHost: x\r\n' +
      'Content-Length: 9223372036854775808\r\n\r\n', [400, 413]],
    'chunks over the limit': [
      'POST /apps/1/events HTTP/1.1\r\nHost: x\r\n' +
      `Transfer-Encoding: chunked\r\n\r\n${
        `ffff\r\n${'x'.repeat(65_535)}\r\n`.repeat(5)}0\r\n\r\n`, [413]],
  };
  for (const [name, [bytes, statuses]] of Object.entries(wrong))
    test(`${name} is ${statuses.join(' or ')}, then the end`, async () => {
      const raw = await open();
      raw.write(Buffer.from(bytes, 'latin1'));
      const answer = await raw.response();
      assert.ok(statuses.includes(answer.status), `${answer.status}`);
      assert.ok(answer.body.length > 10, answer.body);
      await raw.gone();
    });

  test('a HTTP socket is no connection for the gauge', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, open));
    for (const raw of all) {
      raw.write(get('/channels/nobody'));
      await raw.response();
    }
    assert.equal(await run.server.connections(), 0);
    assert.equal(await run.server.metric('tidewire_gauge_drift'), 0);
    for (const raw of all) raw.destroy();
  });

  test('many publishers at once lose nothing', async () => {
    const subscriber = await RawPusher.join(run.server);
    await subscriber.subscribe('many');
    const answers = await Promise.all(Array.from(
      { length: 500 },
      (_, i) => publish(run.server, { name: 'n', channel: 'many',
                                      data: String(i) })));
    assert.ok(answers.every((answer) => answer.status === 200));
    const seen = new Set();
    for (let i = 0; i < 500; ++i)
      seen.add((await subscriber.nextEvent('n')).data);
    assert.equal(seen.size, 500);
    subscriber.destroy();
  });
});

const short = { limits: { handshake_timeout: '1s' } };
withServer('a slow HTTP client', { sections: short }, (run) => {
  test('a body that does not come is not waited for', async () => {
    const raw = await RawSocket.open(run.server.port);
    raw.write(post(eventBody(1)).slice(0, -3));
    await raw.gone(15_000);
    raw.destroy();
  });
});

withServer('the admin port', {}, (run) => {
  test('it serves health and metrics', async () => {
    assert.equal((await run.server.get('/healthz')).status, 200);
    assert.equal((await run.server.get('/readyz')).status, 200);
    const answer = await run.server.get('/metrics');
    assert.match(answer.headers.get('content-type'), /^text\/plain/);
    const text = await answer.text();
    for (const name of [
      'tidewire_connections{app_id="1"}', 'tidewire_gauge_drift',
      'tidewire_connections_opened_total', 'tidewire_connections_closed_total',
      'tidewire_connections_refused_total',
      'tidewire_connection_seconds_total', 'tidewire_broadcasts_total',
      'tidewire_deliveries_total', 'tidewire_delivery_seconds_bucket'])
      assert.ok(text.includes(name), name);
  });

  test('the delivery time of an event is measured', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe('row');
    const name = 'tidewire_delivery_seconds_count';
    const had = await run.server.metric(name);
    await publish(run.server, { name: 'n', channel: 'row', data: '' });
    await raw.nextEvent('n');
    await run.server.reaches(had + 1, name);
    raw.destroy();
  });

  test('connection-seconds grow while a connection is open', async () => {
    const name = 'tidewire_connection_seconds_total';
    const raw = await RawPusher.join(run.server);
    const had = await run.server.metric(name, { app_id: '1' });
    const grown = async () =>
      (await run.server.metric(name, { app_id: '1' })) > had;
    await until(grown, 'connection-seconds grow');
    raw.destroy();
  });

  test('nothing else is served', async () => {
    for (const path of ['/nonsense', '/metrics/x', '/../etc/passwd'])
      assert.equal((await run.server.get(path)).status, 404, path);
  });
});
