// Operator commands: one table, reached by a pipe, a terminal, HTTP and the
// admin socket.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { channelAuth } from './lib/api.mjs';
import {
  Terminal, ctl, ctlJson, ctlOnTerminal, normalized, overSocket, recorded,
} from './lib/commands.mjs';
import { RawPusher } from './lib/raw.mjs';
import { Server, run } from './lib/server.mjs';
import { withServer } from './lib/suite.mjs';
import { until } from './lib/until.mjs';
import { userAuth } from './lib/users.mjs';

const sections = {
  server: { node: 'harbour', reactors: 2 },
  limits: { activity_timeout: '600s' },
};

async function signedIn(server, id) {
  const raw = await RawPusher.join(server);
  raw.send('pusher:signin',
           userAuth(raw.socketId, JSON.stringify({ id })));
  await raw.nextEvent('pusher:signin_success');
  return raw;
}

async function member(server, id, room) {
  const raw = await RawPusher.join(server);
  const channel_data = JSON.stringify({ user_id: id });
  await raw.subscribe(room, channelAuth(raw.socketId, room, channel_data));
  return raw;
}

/** Three connections of Ann (two by sign-in), one of Bob, two of nobody. */
async function company(server) {
  const all = {
    ann: [await signedIn(server, 'ann'), await signedIn(server, 'ann'),
          await member(server, 'ann', 'presence-room')],
    bob: [await member(server, 'bob', 'presence-room')],
    nobody: [await RawPusher.join(server), await RawPusher.join(server)],
    quiet: [await RawPusher.join(server, { key: 'quiet-key' })],
  };
  await all.ann[0].subscribe('chat');
  await all.nobody[0].subscribe('chat');
  await all.nobody[0].subscribe('news');
  await server.reaches(7, 'tidewire_connections');
  return all;
}

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

  // -- the transcript ---------------------------------------------------------

  test('every command is as it was recorded', async () => {
    const lines = [
      'help kick', 'status', 'apps', 'apps 2', 'conns --app 2',
      'conns --limit 1 --sort subscriptions', 'channels', 'users', 'log',
      'stauts', 'conns --limit 0', 'kick', 'conns 999.999',
    ];
    let transcript = '';
    for (const line of lines) {
      const args = line.split(' ');
      const piped = await ctl(server, [...args, '--json']);
      const shown = await ctlOnTerminal(server, args);
      assert.equal(shown.code, piped.code, line);
      transcript += `\n$ tidewire ctl ${line}    # ${shown.code}\n` +
        normalized(shown.screen, server) +
        `$ tidewire ctl ${line} --json\n` + normalized(piped.stdout, server);
    }
    assert.equal(transcript, recorded('commands.txt', transcript));
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

describe('commands without a server', () => {
  test('say where they looked, and how to start one', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'tidewire-none-'));
    const end = await run(['ctl', 'status', '--text'], {
      cwd: dir, env: { TIDEWIRE_DATA_DIR: path.join(dir, 'here') },
    });
    assert.equal(end.code, 3);
    assert.match(end.stderr, new RegExp(`${dir}/here/admin\\.sock`));
    assert.match(end.stderr.replaceAll('\n', ' '), /tidewire serve/);
    const json = await run(['ctl', 'status', '--data-dir', dir]);
    assert.equal(json.code, 3);
    assert.equal(JSON.parse(json.stdout).status, 'unreachable');
    const url = await run(['ctl', 'status', '--url', 'http://127.0.0.1:1',
                           '--token-file', '/etc/hostname']);
    assert.equal(url.code, 3);
    rmSync(dir, { recursive: true });
  });

  test('help needs none', async () => {
    const end = await run(['ctl', 'help', '--text'],
                          { env: { TIDEWIRE_DATA_DIR: '/nowhere' } });
    assert.equal(end.code, 0);
    for (const name of ['status', 'apps', 'conns', 'channels', 'users', 'kick',
                        'drain', 'log', 'help'])
      assert.match(end.stdout, new RegExp(`^${name} `, 'm'));
    assert.equal((await run(['ctl', 'kick', '--help', '--text'])).code, 0);
    assert.equal((await run(['ctl'])).code, 2);
    assert.equal((await run(['ctl', 'help', 'stauts'])).code, 1);
  });

  test('a data_dir whose path is too long for a socket is explained',
       async () => {
         const dir = path.join(tmpdir(), 'x'.repeat(120));
         const end = await run(['ctl', 'status', '--data-dir', dir]);
         assert.equal(end.code, 3);
         assert.match(JSON.parse(end.stdout).error, /shorter path/);
       });
});

describe('the admin socket', () => {
  test('of a killed server is replaced, and the console finds the new one',
       async () => {
         const first = await Server.start();
         const data = path.join(first.dir, 'data');
         const console = new Terminal(['console', '--data-dir', data], {
           env: { XDG_STATE_HOME: first.dir },
         });
         await console.shows(/tidewire> /);
         console.type('status\r');
         await console.shows(/serving/);
         await console.shows(/tidewire> /);
         await first.kill();
         assert.ok(statSync(path.join(data, 'admin.sock')).isSocket());
         console.type('status\r');
         await console.shows(/Nobody listens at/);
         await console.shows(/tidewire> /);
         const second = await Server.startIn(first.dir, {});
         console.type('status\r');
         await console.shows(/serving/);
         await console.shows(/tidewire> /);
         console.type('quit\r');
         assert.equal((await console.end()).code, 0);
         await second.stop();
         assert.throws(() => statSync(path.join(data, 'admin.sock')));
       });

  test('lets in nobody but the same user and root', async (t) => {
    if (process.getuid() !== 0) {
      t.skip('only root can become somebody else');
      return;
    }
    const server = await Server.start();
    // Whoever is let through by the files is still asked who they are.
    execFileSync('chmod', ['0777', server.dir, path.join(server.dir, 'data'),
                           path.join(server.dir, 'data/admin.sock')]);
    const program = [
      'const http = require("node:http");',
      'http.get({ socketPath: process.argv[1], path: "/v1/status" },',
      '  () => console.log("in")).on("error", () => console.log("out"));',
    ].join('\n');
    const output = execFileSync(
      process.execPath,
      ['-e', program, path.join(server.dir, 'data/admin.sock')],
      { uid: 65534, gid: 65534, encoding: 'utf8', cwd: '/' });
    assert.equal(output.trim(), 'out');
    await server.stop();
  });
});

describe('drain', () => {
  test('does what SIGTERM does', async () => {
    const server = await Server.start();
    const raw = await RawPusher.join(server);
    const { code, json } = await ctlJson(server, ['drain']);
    assert.equal(code, 0);
    assert.equal(json.closing_connections, 1);
    const { payload } = await raw.nextClose();
    assert.equal(payload.readUInt16BE(0), 4200);
    raw.destroy();
    assert.deepEqual(await server.exited, { code: 0, signal: null });
    rmSync(server.dir, { recursive: true });
  });
});
