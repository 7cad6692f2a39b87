// Mutual TLS on the cluster port: nodes that have the right certificates, and
// all who are kept out. Certificates are made here, by openssl.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { publish } from '../lib/api.mjs';
import { Authority } from '../lib/certificates.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson, recorded } from '../lib/commands.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { until } from '../lib/until.mjs';

/** What a node is set to that shows `issued` and trusts `ca`. */
function shows(ca, issued, name, from = ca) {
  const { certificate, key } = from.install(issued, name);
  return { 'cluster.tls.certificate': certificate, 'cluster.tls.key': key,
           'cluster.tls.ca': ca.file };
}

/** Lines of its log with that event. */
const logged = (node, event) => node.stderr.split('\n')
  .filter((line) => line.includes(`"${event}"`))
  .map((line) => JSON.parse(line));

describe('three nodes with certificates of one authority',
         { timeout: 120_000 }, () => {
  const authority = new Authority();
  const own = (i, options) => shows(
    authority, authority.issue(`node-${i}`, options), `node-${i}`);
  const settings = [0, 1, 2].map((i) => own(i));
  let cluster;
  let clients = [];
  before(async () => {
    cluster = await Cluster.start(3, { each: (i) => settings[i] });
  });
  after(async () => {
    clients.forEach((one) => one.destroy());
    await cluster?.kill();
    authority.remove();
  });

  // An event from each node reaches the clients of all.
  async function crosses(n) {
    for (const [i, node] of cluster.nodes.entries()) {
      const data = `${n} of ${i}`;
      const answer = await publish(node, {
        name: 'told', channel: 'news', data });
      assert.equal(answer.status, 200, answer.text);
      for (const one of clients)
        assert.equal((await one.nextEvent('told')).data, data);
    }
  }

  async function come(node, count) {
    const fresh = await Promise.all(Array.from({ length: count }, () =>
      RawPusher.join(node)));
    await Promise.all(fresh.map((one) => one.subscribe('news')));
    clients.push(...fresh);
  }

  test('are one cluster: events cross, and the gauge is exact', async () => {
    for (const [i, node] of cluster.nodes.entries()) {
      await come(node, 5 + i);
      assert.ok(logged(node, 'node_linked').some((x) =>
        x.msg.endsWith(', encrypted')), node.stderr);
    }
    await cluster.counts(18);
    await crosses(1);
    for (const one of clients.splice(0, 7)) await one.leave();
    await cluster.counts(11);
    await crosses(2);
  });

  test('know of a kill at once, and let the restarted one in', async () => {
    const [, , third] = cluster.nodes;
    await third.kill();
    clients = clients.filter((one) => !one.closed);
    await cluster.counts(clients.length);
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
    await come(cluster.nodes[2], 3);
    await cluster.counts(clients.length);
    await crosses(3);
  });

  test('take a renewed certificate with SIGHUP, and links that stand go on',
       async () => {
    const [first, , third] = cluster.nodes;
    const view = async () =>
      (await ctlJson(first, ['cluster'])).json.view_hash;
    const had = await view();
    const reload = async (event, words) => {
      const before = logged(third, event).length;
      third.signal('SIGHUP');
      await until(() => logged(third, event).length > before,
                  `the log says ${event}`);
      assert.match(logged(third, event).at(-1).msg, words);
    };
    own(2, { expired: true });
    await reload('certificate_refused', /has expired.*stays/);
    authority.install({ ...authority.issue('node-2'),
                        key: authority.issue('other').key }, 'node-2');
    await reload('certificate_refused', /does not belong to the certificate/);
    await crosses(4);
    // From now on everybody trusts another authority as well, node by node; the
    // last one then shows a certificate of that one.
    const next = new Authority();
    writeFileSync(authority.file, `${authority.pem}${next.pem}`);
    for (const node of cluster.nodes) {
      const before = logged(node, 'certificate_reloaded').length;
      if (node === third) own(2); // whole again
      node.signal('SIGHUP');
      await until(() => logged(node, 'certificate_reloaded').length > before,
                  'it is taken');
    }
    authority.install(next.issue('node-2'), 'node-2');
    await reload('certificate_reloaded', /node-2\.pem/);
    next.remove();
    assert.equal(await view(), had);
    // A link that is made anew, by whoever dials, shows what is there now.
    third.signal('SIGSTOP');
    try {
      await until(() => logged(first, 'node_unlinked').some((x) =>
        /node node-2: /.test(x.msg)), 'the link is cut', 15_000);
    } finally {
      third.signal('SIGCONT');
    }
    await cluster.agrees(20_000);
    await cluster.counts(clients.length);
    await crosses(5);
  });

  test('do not look at names', async () => {
    await cluster.nodes[2].kill();
    clients = clients.filter((one) => !one.closed);
    cluster.nodes[2] = await cluster.launch(2, shows(
      authority, authority.issue('elsewhere', {
        extensions: ['subjectAltName=DNS:elsewhere.example'] }), 'node-2'));
    await cluster.agrees();
  });
});

describe('who is kept out', { timeout: 120_000 }, () => {
  const authority = new Authority();
  const other = new Authority();
  const first = shows(authority, authority.issue('node-0'), 'node-0');
  const mine = (options) => shows(
    authority, authority.issue('node-1', options), 'node-1');
  // Who dials, and whom.
  const cases = [
    ['who has no TLS', {}, first],
    ['who has TLS, by one without', mine, {}],
    ['who has a certificate of another authority', () =>
      shows(other, other.issue('node-1'), 'node-1'), first],
    ['who trusts this authority, and is of another one', () =>
      shows(authority, other.issue('node-1'), 'node-1', other), first],
    ['whose certificate has expired', () => mine({ expired: true }), first],
    ['who dials one whose certificate has expired', mine, () =>
      shows(authority, authority.issue('node-0', { expired: true }),
            'expired')],
    ['whose certificate is for servers only', () =>
      mine({ extensions: ['extendedKeyUsage=serverAuth'] }), first],
    ['who has a good certificate and another secret', () =>
      ({ ...mine(), 'cluster.secret': 'another-one' }), first],
  ];
  const made = (settings) =>
    (typeof settings === 'function' ? settings() : settings);
  let transcript = '';
  let cluster;
  after(async () => {
    await cluster?.kill();
    authority.remove();
    other.remove();
  });

  // Who is dialled does not know who dials, so there is one way only.
  for (const [what, dials, dialled] of cases)
    test(`${what}, and both sides say why`, async () => {
      cluster = await Cluster.start(1, {
        homes: [], each: (i) => made(i === 0 ? dialled : dials) });
      cluster.ports[1] ??= 0;
      const [node] = cluster.nodes;
      const stranger = await cluster.launch(1);
      let here;
      let there;
      await until(async () => {
        here = (await ctlJson(node, ['cluster'])).json;
        there = (await ctlJson(stranger, ['cluster'])).json;
        return here.refused?.length > 0 && there.not_linked?.length > 0;
      }, 'both know why').catch((error) => {
        error.message += `\n${JSON.stringify(here)}\n${JSON.stringify(there)}`;
        throw error;
      });
      assert.equal(here.members, 1);
      assert.equal(there.members, 1);
      const said = (one) => ['join_refused', 'node_not_linked']
        .flatMap((event) => logged(one, event))
        .map((x) => `${x.event}: ${x.msg}`);
      const words = [
        what,
        ...here.refused.map((x) => `refused: ${x.node || '-'} ${x.reason}: ${
          x.sentence}`),
        ...said(node),
        `not linked: ${there.not_linked[0].sentence}`,
        ...said(stranger),
      ].join('\n');
      await cluster.kill();
      await stranger.kill();
      transcript += `\n${words}\n`;
    });

  test('as it was recorded', () => {
    const plain = transcript.replace(/127\.0\.0\.1(:\d+)?/g, 'ADDRESS');
    assert.equal(plain, recorded('joining_tls.txt', plain));
  });
});
