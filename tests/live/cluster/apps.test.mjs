// Apps that are made, changed and deleted on one node of a cluster.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call } from '../lib/api.mjs';
import { appsToml } from '../lib/apps.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { RawPusher } from '../lib/raw.mjs';
import { makeApp, refusal } from '../lib/run_time_apps.mjs';
import { until } from '../lib/until.mjs';

describe('apps of a cluster', { timeout: 180_000 }, () => {
  let cluster;
  before(async () => {
    cluster = await Cluster.start(3, { apps: appsToml });
  });
  after(() => cluster?.kill());

  const node = (i) => cluster.nodes[i];
  const lives = async (i, app) => {
    const raw = await RawPusher.join(node(i), { key: app.key });
    raw.destroy();
  };
  const show = async (i, id) => {
    const { status, json } =
      await node(i).manage('GET', `/v1/apps/${id}?secrets=true`);
    return status === 200 ? json : status;
  };
  const warnings = async (i) =>
    (await node(i).manage('GET', '/v1/apps')).json.warnings;

  test('an app is served by all nodes once its making is answered',
       async () => {
         for (const by of [0, 1, 2]) {
           const app = await makeApp(node(by));
           for (const i of [0, 1, 2]) {
             await lives(i, app);
             const sent = await call(node(i), 'POST', '/events', {
               app, body: { name: 'x', channel: 'news', data: '{}' },
             });
             assert.equal(sent.status, 200, sent.text);
           }
           assert.deepEqual(await show(1, app.id), await show(2, app.id));
         }
       });

  test('a key that is removed works nowhere any more', async () => {
    const app = await makeApp(node(0));
    const more = await node(1).manage('POST', `/v1/apps/${app.id}/keys`);
    assert.equal(more.status, 201);
    await lives(2, more.json);
    const gone = await node(2).manage(
      'DELETE', `/v1/apps/${app.id}/keys/${app.key}`);
    assert.equal(gone.status, 204);
    for (const i of [0, 1, 2]) {
      assert.equal(await refusal(node(i), app.key), 4001);
      await lives(i, more.json);
      const { status } = await call(node(i), 'GET', '/channels', { app });
      assert.equal(status, 401);
    }
  });

  test('connections of an app that is deleted end on all nodes', async () => {
    const app = await makeApp(node(1));
    const all = await Promise.all([0, 1, 2].map((i) =>
      RawPusher.join(node(i), { key: app.key })));
    const { status } = await node(0).manage('DELETE', `/v1/apps/${app.id}`);
    assert.equal(status, 204);
    for (const raw of all) {
      assert.equal((await raw.nextClose(1000)).code, 4003);
      raw.destroy();
    }
    for (const i of [0, 1, 2]) {
      assert.equal(await refusal(node(i), app.key), 4001);
      assert.equal(await show(i, app.id), 404);
    }
  });

  test('a node that was away catches up, and alone it knows them still',
       async () => {
         const [gone, changed] = [await makeApp(node(0)), await makeApp(node(0))];
         await node(2).kill();
         await node(0).manage('DELETE', `/v1/apps/${gone.id}`);
         await node(1).manage('PATCH', `/v1/apps/${changed.id}`,
                              { client_events: false });
         const made = await makeApp(node(1));
         cluster.nodes[2] = await cluster.launch(2);
         await cluster.agrees();
         await until(async () => await show(2, gone.id) === 404 &&
                     (await show(2, changed.id)).client_events === false &&
                     (await show(2, made.id)).id === made.id,
                     'node 2 knows what became of apps', 2000);
         await lives(2, made);
         await Promise.all(cluster.nodes.map((one) => one.kill()));
         cluster.nodes[2] = await cluster.launch(2);
         await lives(2, made);
         assert.equal(await refusal(node(2), gone.key), 4001);
         for (const i of [0, 1]) cluster.nodes[i] = await cluster.launch(i);
         await cluster.agrees();
       });

  test('what two nodes made of one app while apart ends up the same',
       async () => {
         await node(2).kill();
         // Of another cluster it is as if the network were cut.
         cluster.nodes[2] = await cluster.launch(2, { 'cluster.name': 'other' });
         const key = (name) => [{ key: `key-${name}`, secret: `s-${name}` }];
         const both = [[0, 'a'], [2, 'b']];
         for (const [i, name] of both)
           await makeApp(node(i), { id: 'twice', keys: key(name) });
         await node(2).kill();
         cluster.nodes[2] = await cluster.launch(2);
         await cluster.agrees();
         await until(async () => {
           const all = await Promise.all([0, 1, 2].map((i) => show(i, 'twice')));
           return all.every((x) => x.keys[0].key === all[0].keys[0].key);
         }, 'all nodes show one app', 3000);
         const { keys: [{ key: kept }] } = await show(0, 'twice');
         const dropped = kept === 'key-a' ? 'key-b' : 'key-a';
         for (const i of [0, 1, 2]) {
           await lives(i, { key: kept });
           assert.equal(await refusal(node(i), dropped), 4001);
         }
         const loser = kept === 'key-a' ? 2 : 0;
         const said = await warnings(loser);
         assert.ok(said.some((x) => /^App twice was made on node node-\d and made on node node-\d, neither knowing of the other; .* is dropped/
           .test(x)), said.join('\n'));
         // Another change settles it.
         await node(loser).manage('PATCH', '/v1/apps/twice',
                                  { client_events: false });
         assert.equal((await warnings(loser)).some((x) => /twice/.test(x)),
                      false);
       });

  test('what a configuration file defines belongs to the file', async () => {
    await makeApp(node(0), { id: 'filed', keys: [{ key: 'kf', secret: 'sf' }] });
    await node(2).kill();
    cluster.apps = `${appsToml}\n[[apps]]\nid = "filed"\n` +
      'keys = [{ key = "key-of-file", secret = "sff" }]\n';
    cluster.nodes[2] = await cluster.launch(2);
    cluster.apps = appsToml;
    await cluster.agrees();
    await lives(2, { key: 'key-of-file' });
    assert.equal(await refusal(node(2), 'kf'), 4001);
    await lives(0, { key: 'kf' });
    assert.match((await warnings(2)).join('\n'),
                 /App filed was made at run time and is in the configuration/);
    await until(async () => /configuration of node node-2 defines it, too/
      .test((await warnings(0)).join('\n')), 'node 0 is warned', 2000);
    // It cannot be made where that is known, nor deleted where the file is.
    const no = await node(2).manage('DELETE', '/v1/apps/filed');
    assert.equal(no.status, 409);
    const yes = await node(1).manage('DELETE', '/v1/apps/filed');
    assert.equal(yes.status, 204);
    await until(async () =>
      !/made at run time/.test((await warnings(2)).join('\n')),
                'there is nothing to warn of', 2000);
    await lives(2, { key: 'key-of-file' });
    const taken = await node(0).manage('POST', '/v1/apps', { id: 'filed' });
    assert.equal(taken.status, 409);
    assert.match(taken.json.error, /configuration of node node-2 defines/);
  });
});
