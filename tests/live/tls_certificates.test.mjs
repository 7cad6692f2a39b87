// Certificates replaced under open sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import { test } from 'node:test';
import { RawPusher } from './lib/raw.mjs';
import { withServer } from './lib/suite.mjs';
import {
  authority, nameShown, secure, secureCall, tlsSection,
} from './lib/tls.mjs';
import { until } from './lib/until.mjs';

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
      [authority.issue('late', { expired: true }), /expired on/],
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
