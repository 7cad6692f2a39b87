// Operator commands: one table, reached by a pipe, a terminal, HTTP and the
// admin socket.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  Terminal, ctl, ctlJson, ctlOnTerminal, overSocket,
} from './lib/commands.mjs';
import { company } from './lib/company.mjs';
import { run } from './lib/server.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';

const sections = {
  server: { node: 'harbour', reactors: 2 },
  limits: { activity_timeout: '600s' },
};

const everyone = (people) => Object.values(people).flat();

withServer('commands', { sections }, (holder) => {
  let server;
  let people;
  before(async () => {
    server = holder.server;
    server.node = 'harbour';
    people = await company(server);
  });
  after(() => everyone(people).forEach((one) => one.destroy()));

  test('status has the gauge, the process and no drift', async () => {
    const { code, json } = await ctlJson(server, ['status']);
    assert.equal(code, 0);
    assert.equal(json.status, 'ok');
    assert.equal(json.node, 'harbour');
    assert.equal(json.state, 'serving');
    assert.equal(json.reactors, 2);
    assert.equal(json.gauge.connections, 7);
    assert.equal(json.gauge.drift, 0);
    assert.ok(json.process.resident_bytes > 1_000_000);
    assert.ok(json.process.descriptors > 7);
    assert.ok(json.process.descriptors < json.process.descriptor_limit);
    assert.deepEqual(json.ports.map((one) => [one.port, one.for]),
                     [[server.port, 'ws'], [server.adminPort, 'admin']]);
    assert.equal(json.socket, path.join(server.dir, 'data/admin.sock'));
    assert.ok(Math.abs(Date.parse(json.as_of) - Date.now()) < 60_000);
  });

  test('apps lists every app, and tells of one without its secrets',
       async () => {
         const { json } = await ctlJson(server, ['apps']);
         assert.deepEqual(
           json.apps.map((app) => [app.id, app.enabled, app.connections]),
           [['1', true, 6], ['2', true, 1], ['3', false, 0], ['4', true, 0],
            ['5', true, 0]]);
         const one = await ctl(server, ['apps', 'quiet-key', '--json']);
         const app = JSON.parse(one.stdout);
         assert.equal(app.id, '2');
         assert.equal(app.connections, 1);
         assert.equal(app.settings.client_events, false);
         assert.doesNotMatch(one.stdout, /secret"?:|quiet-secret/);
       });

  test('conns lists every connection with its user', async () => {
    const { json } = await ctlJson(server, ['conns']);
    assert.equal(json.matched, 7);
    const users = new Map(
      json.connections.map((one) => [one.socket_id, one.user]));
    for (const [name, list] of Object.entries(people))
      for (const one of list)
        assert.equal(users.get(one.socketId),
                     ['ann', 'bob'].includes(name) ? name : '');
    const ages = json.connections.map((one) => one.age_seconds);
    assert.deepEqual(ages, [...ages].sort((a, b) => b - a));
    for (const one of json.connections) {
      assert.equal(one.address, '127.0.0.1');
      assert.equal(one.accepted, true);
      assert.equal(one.outbox_bytes, 0);
    }
  });

  test('conns chooses by app, channel, user and socket', async () => {
    const ids = async (...args) => {
      const { json } = await ctlJson(server, ['conns', ...args]);
      assert.equal(json.matched, json.connections.length);
      return json.connections.map((one) => one.socket_id).sort();
    };
    const of = (list) => list.map((one) => one.socketId).sort();
    assert.deepEqual(await ids('--app', '2'), of(people.quiet));
    assert.deepEqual(await ids('--user', 'ann'), of(people.ann));
    assert.deepEqual(await ids('--channel', 'chat'),
                     of([people.ann[0], people.nobody[0]]));
    assert.deepEqual(await ids(people.bob[0].socketId), of(people.bob));
    assert.deepEqual(await ids('--user', 'ann', '--channel', 'news'), []);
  });

  test('conns sorts, and says when there are more', async () => {
    const { json } = await ctlJson(
      server, ['conns', '--sort', 'subscriptions', '--limit', '1']);
    assert.equal(json.matched, 7);
    assert.equal(json.listed, 1);
    assert.equal(json.connections[0].socket_id, people.nobody[0].socketId);
    assert.equal(json.connections[0].subscriptions, 2);
    assert.match(json.notes[0], /--limit/);
    const newest = await ctlJson(server, ['conns', '--sort', 'newest']);
    const oldest = await ctlJson(server, ['conns', '--sort', 'age']);
    const order = (x) => x.json.connections.map((one) => one.age_seconds);
    assert.ok(order(newest)[0] <= order(oldest)[0]);
  });

  test('channels counts the subscribers of all reactors', async () => {
    const { json } = await ctlJson(server, ['channels', '--app', '1']);
    assert.deepEqual(
      json.channels.map((one) => [one.channel, one.kind, one.subscribers,
                                  one.members]),
      [['chat', 'public', 2, ''], ['presence-room', 'presence', 2, 2],
       ['news', 'public', 1, '']]);
    assert.equal(json.occupied_channels, 3);
    assert.equal(json.subscriptions, 5);
    const some = await ctlJson(server, ['channels', '--prefix', 'presence-']);
    assert.deepEqual(some.json.channels.map((one) => one.channel),
                     ['presence-room']);
    assert.deepEqual(
      (await ctlJson(server, ['channels', '--app', '2'])).json.channels, []);
  });

  test('users are distinct, with the connections of each', async () => {
    const { json } = await ctlJson(server, ['users']);
    assert.deepEqual(json.users, [{ app: '1', user: 'ann', connections: 3 },
                                  { app: '1', user: 'bob', connections: 1 }]);
    assert.equal(json.distinct_users, 2);
    assert.equal(json.identified_connections, 4);
    assert.equal(json.anonymous_connections, 3);
    const ann = await ctlJson(server, ['users', 'ann']);
    assert.equal(ann.json.users[0].connections, 3);
  });

  test('log shows the level, and sets it until the next reload', async () => {
    const { json } = await ctlJson(server, ['log']);
    assert.equal(json.level, 'info');
    assert.ok(json.recent.some((one) => one.event === 'demo_secret'));
    const set = await ctlJson(server, ['log', 'debug']);
    assert.equal(set.json.level, 'debug');
    assert.equal(set.json.configured_level, 'info');
    assert.equal((await server.manage('POST', '/v1/reload')).status, 200);
    assert.equal((await ctlJson(server, ['log'])).json.level, 'info');
    assert.match(server.stderr, /"event":"command".*log debug/);
  });

  // -- what is wrong ----------------------------------------------------------

  const wrong = [
    [['stauts'], 1, 'There is no command "stauts"; did you mean "status"?'],
    [['conns', '--appp', '1'], 2,
     'conns has no argument "--appp"; did you mean "--app"?'],
    [['conns', '--limit', '0'], 2,
     '--limit: found "0", expected a whole number from 1 to 10000.'],
    [['conns', 'abc'], 2,
     'SOCKET: found "abc", expected a socket id, such as 123.456.'],
    [['conns', '999.999'], 1, 'There is no connection 999.999 on this node; ' +
                              'it may have ended.'],
    [['conns', '--app', '77'], 1, 'There is no app with the id or key "77".'],
    [['apps', 'quiet-kez'], 1,
     'There is no app with the id or key "quiet-kez".'],
    [['channels', 'nowhere'], 1, 'Nobody is subscribed to "nowhere" here.'],
    [['users', 'zoe'], 1, 'Nobody is connected as "zoe" here.'],
    [['kick'], 2, 'Say whom: a socket id, or --user, or --app with --all.'],
    [['kick', '--all'], 2, '--all needs --app: all connections of which app?'],
    [['kick', '--user', 'ann', '--all'], 2,
     'Say whom: a socket id, or --user, or --app with --all.'],
    [['log', 'loud'], 2,
     'LEVEL: found "loud", expected one of trace, debug, info, warn, error, ' +
     'critical, off.'],
    [['status', 'now'], 2, 'There is nothing for "now" to be: status'],
  ];

  for (const [args, code, sentence] of wrong)
    test(`"${args.join(' ')}" says what to fix`, async () => {
      const piped = await ctlJson(server, args);
      assert.equal(piped.code, code);
      assert.equal(piped.json.error, sentence);
      assert.equal(piped.stderr, '');
      const text = await ctl(server, [...args, '--text']);
      assert.equal(text.code, code);
      assert.equal(text.stdout, '');
      assert.equal(text.stderr.replace(/\s+/g, ' ').trim()
        .replace(/ The command help lists them\.$/, ''), sentence);
    });

  // -- HTTP -------------------------------------------------------------------

  test('HTTP answers the same as the socket', async () => {
    for (const target of ['/v1/commands/conns?app=2', '/v1/conns?app=2',
                          '/v1/commands/users/ann', '/v1/commands',
                          '/v1/commands/apps/2', '/v1/channels?app=1']) {
      const token = await server.manage('GET', target);
      assert.equal(token.status, 200, target);
      assert.equal(token.headers.get('tidewire-exit'), '0');
      const local = await overSocket(server, 'GET', target);
      assert.equal(local.status, 200);
      const timeless = (x) => ({
        ...x, as_of: '', connections: Array.isArray(x.connections)
          ? x.connections.map(
            (one) => ({ ...one, age_seconds: 0, idle_seconds: 0 }))
          : x.connections,
      });
      assert.deepEqual(timeless(token.json), timeless(JSON.parse(local.text)));
    }
  });

  test('HTTP has text and CSV, too', async () => {
    const text = await overSocket(server, 'GET', '/v1/users',
                                  { Accept: 'text/plain; width=60' });
    assert.match(text.headers['content-type'], /^text\/plain/);
    assert.match(text.text, /^app +user +connections$/m);
    const csv = await overSocket(server, 'GET', '/v1/users',
                                 { Accept: 'text/csv' });
    assert.match(csv.headers['content-type'], /^text\/csv/);
    assert.equal(csv.text, 'app,user,connections\r\n1,ann,3\r\n1,bob,1\r\n');
    const piped = await ctl(server, ['users', '--csv']);
    assert.equal(piped.stdout, csv.text);
  });

  test('HTTP says what is wrong with a status of its own', async () => {
    const status = async (method, target) => {
      const { status: code, json } = await server.manage(method, target);
      assert.equal(typeof json.error, 'string', target);
      return code;
    };
    assert.equal(await status('GET', '/v1/stauts'), 404);
    assert.equal(await status('GET', '/v1/commands/conns?limit=0'), 400);
    assert.equal(await status('GET', '/v1/conns/999.999'), 404);
    assert.equal(await status('GET', '/v1/kick/1.2'), 405);
    assert.equal(await status('POST', '/v1/status'), 405);
    assert.equal(await status('GET', '/v1/log/debug'), 405);
    assert.equal(await status('POST', '/v1/kick'), 400);
    const answer = await server.get('/v1/commands/status');
    assert.equal(answer.status, 401);
    assert.match((await answer.json()).error, /admin token/);
  });

  test('only the owner may open the admin socket', () => {
    const file = statSync(path.join(server.dir, 'data/admin.sock'));
    assert.ok(file.isSocket());
    assert.equal(file.mode & 0o777, 0o600);
  });

  test('ctl takes a URL and the token instead', async () => {
    const token = path.join(server.dir, 'data/admin-token');
    const end = await run(['ctl', 'status', '--url', server.admin,
                           '--token-file', token]);
    assert.equal(end.code, 0, end.stdout + end.stderr);
    assert.equal(JSON.parse(end.stdout).gauge.connections, 7);
    const wrongToken = await run(['ctl', 'status', '--url', server.admin,
                                  '--token-file', server.file, '--text']);
    assert.equal(wrongToken.code, 1);
    assert.match(wrongToken.stderr, /This is not the admin token/);
    const noUrl = await run(['ctl', 'status', '--url', 'harbour']);
    assert.equal(noUrl.code, 2);
  });

  test('a terminal gets tables, a pipe JSON', async () => {
    const shown = await ctlOnTerminal(server, ['users']);
    assert.equal(shown.code, 0);
    assert.match(shown.screen, /^app +user +connections$/m);
    const json = await ctlOnTerminal(server, ['users', '--json']);
    assert.equal(JSON.parse(json.screen).distinct_users, 2);
    const bad = await ctlOnTerminal(server, ['users', 'zoe']);
    assert.equal(bad.code, 1);
    assert.match(bad.screen, /Nobody is connected as "zoe" here\./);
  });

  test('tables keep to the width of the terminal', async () => {
    const { screen } = await ctlOnTerminal(server, ['help'], { columns: 60 });
    for (const line of screen.split('\n').slice(0, 12))
      assert.ok(line.length <= 60, line);
  });

  // -- the console ------------------------------------------------------------

  describe('the console', () => {
    const home = mkdtempSync(path.join(tmpdir(), 'tidewire-console-'));
    const env = { XDG_STATE_HOME: home };
    const args = () => ['console', '--data-dir', path.join(server.dir, 'data')];
    after(() => rmSync(home, { recursive: true, force: true }));

    test('answers a person, completes with Tab, and keeps a history',
         async () => {
           const console = new Terminal(args(), { env });
           await console.shows(/tidewire> /);
           console.type('use\t');
           await console.shows(/users /);
           console.type('ann\r');
           await console.shows(/1 +ann +3/);
           await console.shows(/tidewire> /);
           console.type('conns --app qu\t');
           console.type('\x15conns --sort sub\t --lim\t 1\r');
           await console.shows(/--sort subscriptions  ?--limit  ?1/);
           await console.shows(/matched +7/);
           await console.shows(/tidewire> /);
           console.type('stauts\r');
           await console.shows(/did you mean "status"\?/);
           await console.shows(/tidewire> /);
           console.type('\x04');
           assert.equal((await console.end()).code, 0);
           const file = path.join(home, 'tidewire/history');
           assert.match(readFileSync(file, 'utf8'), /users\\040ann|users ann/);
           assert.equal(statSync(file).mode & 0o777, 0o600);
           const again = new Terminal(args(), { env });
           await again.shows(/tidewire> /);
           again.type('\x1b[A\x1b[A');
           await again.shows(/conns --sort subscriptions/);
           again.type('\x15quit\r');
           assert.equal((await again.end()).code, 0);
         });

    test('reads a pipe, and exits with what failed first', async () => {
      const good = await run(args(), {
        input: '# a comment\n\nusers ann\nusers --csv\n', env,
      });
      assert.equal(good.code, 0);
      assert.match(good.stdout, /^\{"status":"ok".*\napp,user,connections\r$/m);
      const bad = await run(args(), {
        input: 'users zoe\nstatus --nonsense\nquit\nusers ann\n', env,
      });
      assert.equal(bad.code, 1);
      assert.doesNotMatch(bad.stdout, /"ann"/);
    });
  });

  // -- what ends things -------------------------------------------------------

  test('kick ends one connection, those of a user, those of an app',
       async () => {
         const closed = async (raw) => {
           const { payload } = await raw.nextClose();
           return [payload.readUInt16BE(0), payload.subarray(2).toString()];
         };
         const one = await ctlJson(server,
                                   ['kick', people.nobody[1].socketId]);
         assert.equal(one.json.kicked, 1);
         assert.deepEqual(await closed(people.nobody[1]),
                          [4009, 'Closed by the operator of this server']);
         assert.equal((await ctlJson(server, ['status'])).json
           .gauge.connections, 6);
         const ann = await ctlJson(
           server, ['kick', '--user', 'ann', '--reason', 'Signed out']);
         assert.equal(ann.json.kicked, 3);
         for (const raw of people.ann)
           assert.deepEqual(await closed(raw), [4009, 'Signed out']);
         const app = await ctlJson(
           server, ['kick', '--app', '2', '--all', '--reconnect']);
         assert.equal(app.json.kicked, 1);
         assert.equal((await closed(people.quiet[0]))[0], 4200);
         assert.equal((await ctlJson(server, ['kick', '--user', 'ann'])).code,
                      1);
         await server.reaches(2, 'tidewire_connections');
         await server.reaches(5, 'tidewire_connections_closed_total',
                              { reason: 'terminated' });
         assert.match(server.stderr, /admin socket: kick --user ann/);
       });

  test('the gauge has no drift after all that', async () => {
    await until(async () =>
      (await ctlJson(server, ['status'])).json.gauge.drift === 0,
    'no drift');
  });
});
