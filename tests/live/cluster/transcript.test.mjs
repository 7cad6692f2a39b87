// Every command about the cluster, on a terminal, as JSON and over HTTP, with
// good and bad arguments, and each refusal of joining: what they say is
// recorded, and compared with. `TIDEWIRE_RECORD=1` records it anew; the
// difference is for a person to judge.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cluster } from '../lib/cluster.mjs';
import {
  ctl, ctlJson, ctlOnTerminal, normalized, overSocket, recorded, unnumbered,
} from '../lib/commands.mjs';
import { Crew } from '../lib/crew.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { carriedTypes, knock } from '../lib/stranger.mjs';
import { until, within } from '../lib/until.mjs';

const limited = `
[[apps]]
id = "1"
keys = [{ key = "app-key", secret = "app-secret" }]
max_connections = 100

[[apps]]
id = "2"
keys = [{ key = "roomy-key", secret = "roomy-secret" }]
`;

// `back`: what makes the cluster as it was before, after each of the three.
const lines = [
  { args: ['nodes'], figures: false },
  ['nodes', 'burn'],
  ['nodes', 'forget'],
  ['nodes', 'forget', 'nobody'],
  ['nodes', 'forget', 'node-0'],
  ['nodes', 'forget', 'node-1'],
  { args: ['cluster'], figures: false },
  ['cluster', 'please'],
  ['failovers', 'today'],
  { args: ['failovers'], figures: false },
  ['limits', '1'],
  { args: ['limits'], figures: false },
  ['drain', 'nobody'],
  ['drain', 'node-1', '--within', 'soon'],
  ['drain', '--within', '3s'],
  { args: ['drain', 'node-1', '--within', '1s'], back: ['undrain', 'node-1'] },
  ['undrain'],
  ['undrain', 'nobody'],
  ['undrain', 'node-1'],
  ['rebalance'],
  ['rebalance', 'nobody'],
  { args: ['rebalance', 'node-1'], figures: false },
].map((line) => (Array.isArray(line) ? { args: line } : line));

// While node-1 drains.
const draining = [
  ['drain', 'node-1'],
  ['rebalance', 'node-1'],
].map((args) => ({ args }));

/** Where a command line is over HTTP: its options become the query. */
function target(args) {
  const [name, ...rest] = args;
  const places = [];
  const query = new URLSearchParams();
  for (let i = 0; i < rest.length; ++i)
    if (!rest[i].startsWith('--'))
      places.push(encodeURIComponent(rest[i]));
    else
      query.set(rest[i].slice(2), rest[++i]);
  const path = ['/v1/commands', name, ...places].join('/');
  return query.size ? `${path}?${query}` : path;
}

const changes = ([name, what]) =>
  ['drain', 'undrain', 'rebalance'].includes(name) || what === 'forget';

describe('every command about the cluster', { timeout: 240_000 }, () => {
  let cluster;
  let crew;
  before(async () => {
    cluster = await Cluster.start(3, { apps: limited });
    crew = new Crew();
    // An account, and permits that are used.
    await until(async () => {
      await crew.come(cluster.nodes[0], 1).catch(() => {});
      return crew.open > 0;
    }, 'somebody is let in', 20_000);
    await until(async () => {
      const come = await crew.come(cluster.nodes[2], 1, () => ({ user: 'ann' }))
        .catch(() => []);
      return come.length > 0;
    }, 'somebody is let in by node-2', 20_000);
    await cluster.counts(crew.open);
    await cluster.nodes[2].kill();
    await crew.back(crew.lost(cluster.nodes[2]), [cluster.nodes[0]]);
    await until(async () => {
      const { code, json } = await ctlJson(cluster.nodes[0], ['failovers']);
      return code === 0 && json.failovers.some((x) => x.identified === 1);
    }, 'ann is back');
    cluster.nodes[2] = await cluster.launch(2);
    await cluster.agrees();
    await cluster.counts(crew.open);
    await until(async () =>
      (await ctlJson(cluster.nodes[0], ['limits'])).code === 0,
    'the permits are known');
  });
  after(async () => {
    crew?.leave();
    await cluster?.kill();
  });

  const plainly = (text) => {
    let out = normalized(text, { ...cluster.nodes[0], node: '\0' })
      .replace(/\b[0-9a-f]{16}\b/g, 'HEX');
    for (const port of cluster.ports) out = out.replaceAll(port, 'PORT');
    return out;
  };

  /** One line by each of its faces, as it goes into the transcript. */
  const told = async ({ args, figures = true, back, once }) => {
    const [server] = cluster.nodes;
    const line = args.join(' ');
    const show = (text) =>
      (figures ? plainly(text) : unnumbered(plainly(text)));
    const restore = async () => {
      if (!back) return;
      const { code, stdout } = await ctl(server, back);
      assert.equal(code, 0, `${back.join(' ')}: ${stdout}`);
    };
    const piped = await ctl(server, [...args, '--json']);
    await restore();
    if (once) // there is no way back
      return `\n$ tidewire ctl ${line} --json    # ${piped.code}\n${
        show(piped.stdout)}`;
    const shown = await ctlOnTerminal(server, args, { columns: 160 });
    await restore();
    const method = changes(args) ? 'POST' : 'GET';
    const http = await overSocket(server, method, target(args));
    await restore();
    assert.equal(shown.code, piped.code, line);
    assert.equal(http.headers['tidewire-exit'], String(piped.code), line);
    const bare = (text) => show(text).trim()
      .replace(/"node":"node-0","as_of":"TIME",/, '');
    return `\n$ tidewire ctl ${line}    # ${shown.code}\n${show(shown.screen)}` +
      `$ tidewire ctl ${line} --json\n${show(piped.stdout)}` +
      `$ ${method} ${target(args)}    # ${http.status}\n` +
      (bare(http.text) === bare(piped.stdout) ? ''
        : `${show(http.text).trim()}\n`);
  };

  test('is as it was recorded', async () => {
    let transcript = '';
    for (const line of lines) transcript += await told(line);
    await ctl(cluster.nodes[0], ['drain', 'node-1', '--within', '1s']);
    await until(async () => {
      const { json } = await ctlJson(cluster.nodes[0], ['nodes']);
      return json.nodes.find((x) => x.node === 'node-1').draining;
    }, 'node-1 drains');
    for (const line of draining) transcript += await told(line);
    await ctl(cluster.nodes[0], ['undrain', 'node-1']);
    assert.equal(transcript, recorded('cluster.txt', transcript));
  });

  const standing = async (name) =>
    (await ctlJson(cluster.nodes[0], ['nodes'])).json.nodes
      .find((x) => x.node === name);

  // A node that is stopped has not answered; after a while it is lost, and may
  // be forgotten. What is told as JSON is the same on a terminal.
  test('a partial one exits with 4, and says who has not answered, as it was ' +
       'recorded', async () => {
    const [first, second, third] = cluster.nodes;
    const partial = async (line, answered) => {
      const { code, json } = await ctlJson(first, line);
      assert.equal(code, 4, line.join(' '));
      assert.equal(json.exact, false);
      assert.equal(json.answered, answered, line.join(' '));
      assert.ok(json.notes.length > 0);
      return told({ args: line, figures: false });
    };
    let transcript = '';
    second.signal('SIGSTOP');
    try {
      await until(async () => {
        const { json } = await ctlJson(first, ['cluster']);
        return json.members === 2 && json.not_linked?.length === 1;
      }, 'node-1 is lost, left out, and dialled in vain', 15_000);
      for (const name of ['nodes', 'cluster', 'failovers', 'limits'])
        transcript += await partial([name], 'node-0, node-2');
      // Whoever owns the app now knows of node-1, or does not.
      transcript = transcript.replace(/"missing":"[^"]*"/g, '"missing":"?"')
        .replace(/(N {2}nodeN {2}\S+) {2}\S+$/m, '$1  ?');
      for (const name of ['drain', 'undrain'])
        transcript += await partial([name, 'node-1'], '');
    } finally {
      second.signal('SIGCONT');
    }
    await cluster.agrees(20_000);
    await until(async () => !(await standing('node-1')).draining ||
      (await ctlJson(first, ['undrain', 'node-1'])).code === 0,
    'node-1 serves again', 10_000);
    await until(async () => !(await standing('node-1')).draining,
                'node-0 knows that it does', 10_000);
    // Clients on node-1 that a rebalance would send away.
    const many = await Promise.all(Array.from({ length: 200 }, () =>
      RawPusher.join(second, { key: 'roomy-key' })));
    await cluster.counts(crew.open + many.length);
    second.signal('SIGSTOP');
    try {
      // At once: one that is lost has nothing to send.
      transcript += await told({ args: ['rebalance', 'node-2'], once: true,
                                 figures: false });
      assert.match(transcript, /rebalance node-2 --json {4}# 4\n/);
      await until(async () => (await standing('node-1')).state === 'lost',
                  'node-1 is lost', 15_000);
      transcript += await told({ args: ['nodes', 'forget', 'node-1'],
                                 figures: false, once: true });
      await until(async () =>
        (await ctlJson(third, ['nodes'])).json.ended.some((x) =>
          x.node === 'node-1' && x.how === 'forgotten'),
      'node-2 knows that node-1 was forgotten');
    } finally {
      second.signal('SIGCONT');
    }
    // It is told that its life is over, and ends.
    const { code } = await within(second.exited, 'node-1 ends', 20_000);
    many.forEach((raw) => raw.destroy());
    assert.equal(code, 5, second.stderr);
    cluster.nodes[1] = await cluster.launch(1);
    await cluster.agrees();
    assert.equal(transcript, recorded('cluster_partial.txt', transcript));
  });
});

describe('every refusal of joining', { timeout: 60_000 }, () => {
  let cluster;
  before(async () => { cluster = await Cluster.start(1); });
  after(() => cluster?.kill());

  test('is as it was recorded, on both sides', async () => {
    const [port] = cluster.ports;
    const types = await carriedTypes(port);
    const strangers = [
      ['a wrong secret', { secret: 'another-one', types }],
      ['another cluster', { cluster: 'other', types }],
      ['an older version', { types, form: 0 }],
      ['a newer version', { types, oldest: 200, newest: 201 }],
      ['a newer handshake', { types, form: 9 }],
      ['other message types', { types: 'CAF 0.18: none' }],
      ['its own name', { types, node: 'node-0' }],
    ];
    let transcript = '';
    for (const [what, says] of strangers) {
      const { code, sentence } = await knock(port, says);
      transcript += `\n${what}: ${code}\n${sentence}\n`;
    }
    const [server] = cluster.nodes;
    // The first knock, too; but not who shakes hands in a form of which nothing
    // can be read, not even a name.
    const named = 1 + strangers.filter(([, says]) => !('form' in says)).length;
    let json;
    await until(async () => {
      ({ json } = await ctlJson(server, ['cluster']));
      return json.refused?.length === named;
    }, 'all are remembered');
    transcript += '\ntidewire ctl cluster, on the node that was dialled:\n';
    for (const x of json.refused)
      transcript += `${x.node || '-'} ${x.reason}: ${x.sentence}\n`;
    transcript = transcript.replaceAll(types, 'TYPES')
      .replace(/127\.0\.0\.1(:\d+)?/g, 'ADDRESS');
    assert.equal(transcript, recorded('joining.txt', transcript));
  });

  // Whoever may speak its own version and the one before: the older one of two
  // neighbours, and the newer one.
  for (const [what, says] of [
    ['a right one', {}],
    ['one of the next version, which speaks this one, too', { newest: 2 }],
  ])
    test(`${what} is answered`, async () => {
      const [port] = cluster.ports;
      const types = await carriedTypes(port);
      assert.deepEqual(await knock(port, { types, ...says }),
                       { answered: true });
    });
});
