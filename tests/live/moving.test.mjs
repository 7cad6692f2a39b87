// Moving in from soketi: what it documents is understood and reported, the
// result serves, and what Laravel is told to configure works.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import Echo from 'laravel-echo';
import PusherServer from 'pusher';
import PusherJs from 'pusher-js';
import { client, connected, disconnectAll, publisher, subscribed }
  from './lib/sdk.mjs';
import { Server, run } from './lib/server.mjs';
import { Inbox, patience, until } from './lib/until.mjs';

const dir = mkdtempSync(path.join(tmpdir(), 'tidewire-moving-'));
const inDir = (name, content) => {
  const file = path.join(dir, name);
  writeFileSync(file, content);
  return file;
};

/** The variables that soketi documents; one list for C++ and for this. */
function documentedVariables() {
  const header = readFileSync(
    new URL('../config/moving/documented.hpp', import.meta.url), 'utf8');
  const [, list] = /documented_variables\{([^}]*)\}/.exec(header);
  return [...list.matchAll(/"(\w+)"/g)].map(([, name]) => `SOKETI_${name}`);
}

const soketiApp = { id: 'shop', key: 'shop-key', secret: 'sh$op"sec#ret\'' };
const soketiJson = {
  debug: false,
  port: 6002,
  'metrics.port': 9602,
  metrics: { enabled: true, prometheus: { prefix: 'shop_' } },
  adapter: { driver: 'redis', redis: { prefix: 'x', clusterMode: false } },
  'appManager.array.apps': [
    { ...soketiApp, enableClientMessages: true, maxConnections: 500,
      maxBackendEventsPerSecond: -1, maxClientEventsPerSecond: 20,
      maxReadRequestsPerSecond: -1, maxEventPayloadInKb: 50,
      webhooks: [{ url: 'https://shop.example/hook',
                   event_types: ['channel_occupied', 'channel_vacated'] }] },
    { id: '8', key: 'other-key', secret: 'other-secret' },
  ],
  'databse.redis.host': 'typo',
};

// Every variable with a value that soketi would take for it.
const wordy = {
  SOKETI_ADAPTER_DRIVER: 'local', SOKETI_APP_MANAGER_DRIVER: 'array',
  SOKETI_DEFAULT_APP_ID: 'app-id', SOKETI_DEFAULT_APP_KEY: 'app-key',
  SOKETI_DEFAULT_APP_SECRET: 'app-secret', SOKETI_HOST: '127.0.0.1',
  SOKETI_METRICS_HOST: '127.0.0.1', SOKETI_PATH_PREFIX: '/ws',
  SOKETI_DEFAULT_APP_ENABLE_CLIENT_MESSAGES: 'true',
  SOKETI_DEFAULT_APP_ENABLED: 'true', SOKETI_DEBUG: '1',
  SOKETI_DEFAULT_APP_USER_AUTHENTICATION: 'false',
  SOKETI_DEFAULT_APP_WEBHOOKS:
    '[{"url":"https://a.example/hook","event_types":["member_added"]}]',
  SOKETI_METRICS_SERVER_PORT: '9601', SOKETI_PORT: '6001',
  SOKETI_SHUTDOWN_GRACE_PERIOD: '3000', SOKETI_CHANNEL_CACHE_TTL: '3600',
  SOKETI_USER_AUTHENTICATION_TIMEOUT: '30000',
  SOKETI_SSL_CERT: '', SOKETI_SSL_KEY: '', SOKETI_WEBHOOKS_BATCHING: 'true',
};
const everyVariable = Object.fromEntries(
  documentedVariables().map((name) => [name, wordy[name] ?? '100']));

/** Which line of a report is about an option. */
function lineOf(report, name) {
  return report.split('\n').find((line) => line.split(/\s+/)[1] === name);
}

/** A `.env` file as PHP's reader understands it. */
function readEnv(text) {
  const all = {};
  for (const line of text.split('\n')) {
    const found = /^(\w+)=(.*)$/.exec(line);
    if (!found) continue;
    let value = found[2];
    if (value.startsWith("'")) value = value.slice(1, -1);
    else if (value.startsWith('"'))
      value = value.slice(1, -1)
        .replace(/\\(.)|\$\{(\w+)\}/g, (_, c, name) => c ?? all[name]);
    all[found[1]] = value;
  }
  return all;
}

/** laravel-echo as Laravel's own `echo.js` makes it. */
function echoOf(env, signer) {
  return new Echo({
    broadcaster: 'pusher',
    Pusher: PusherJs,
    key: env.VITE_PUSHER_APP_KEY,
    cluster: env.VITE_PUSHER_APP_CLUSTER,
    wsHost: env.VITE_PUSHER_HOST,
    wsPort: env.VITE_PUSHER_PORT ?? 80,
    wssPort: env.VITE_PUSHER_PORT ?? 443,
    forceTLS: (env.VITE_PUSHER_SCHEME ?? 'https') === 'https',
    enabledTransports: ['ws', 'wss'],
    channelAuthorization: { // stands for Laravel's /broadcasting/auth
      customHandler: ({ socketId, channelName }, done) => done(
        null, signer.authorizeChannel(
          socketId, channelName,
          channelName.startsWith('presence-')
            ? { user_id: '1', user_info: { name: 'Ada' } } : undefined)),
    },
  });
}

/** The server SDK as Laravel's config/broadcasting.php makes it. */
function broadcasterOf(env) {
  return new PusherServer({
    appId: env.PUSHER_APP_ID, key: env.PUSHER_APP_KEY,
    secret: env.PUSHER_APP_SECRET, host: env.PUSHER_HOST,
    port: env.PUSHER_PORT, useTLS: env.PUSHER_SCHEME === 'https',
  });
}

describe('moving in', { timeout: 120_000 * patience }, () => {
  afterEach(disconnectAll);
  after(() => rmSync(dir, { recursive: true, force: true }));

  test('every documented variable of soketi is in the report', async () => {
    assert.ok(documentedVariables().length > 100);
    const { code, stdout, stderr } =
      await run(['config', 'import', '--env'], { env: everyVariable });
    assert.equal(code, 0, stderr);
    for (const name of documentedVariables())
      assert.match(lineOf(stderr, name) ?? `${name} is missing`,
                   /^(mapped|ignored) +SOKETI_\w+ +\S/);
    assert.match(stderr, /^mapped +SOKETI_PORT +server\.port = 6001$/m);
    assert.match(stderr, /^ignored +SOKETI_DB_REDIS_HOST +\S/m);
    const file = inDir('all.toml', stdout);
    const check = await run(['config', 'check', '--config', file]);
    assert.equal(check.code, 0, check.stderr);
  });

  test('the server that soketi\'s variables and file describe serves',
    async () => {
      const json = inDir('soketi.json', JSON.stringify(soketiJson));
      const imported = await run(
        ['config', 'import', '--soketi', json, '--env'],
        { env: { SOKETI_PATH_PREFIX: '/ws', SOKETI_QUEUE_DRIVER: 'redis',
                 SOKETI_EVENT_MAX_NAME_LENGHT: '50' } });
      assert.equal(imported.code, 0, imported.stderr);
      for (const [name, fate] of [
        ['port', 'mapped'], ['SOKETI_PATH_PREFIX', 'mapped'],
        ['appManager.array.apps.0.maxConnections', 'mapped'],
        ['adapter.driver', 'ignored'], ['SOKETI_QUEUE_DRIVER', 'ignored'],
        ['metrics.prometheus.prefix', 'ignored'],
        ['databse.redis.host', 'unknown'],
        ['SOKETI_EVENT_MAX_NAME_LENGHT', 'unknown'],
      ])
        assert.ok(lineOf(imported.stderr, name)?.startsWith(fate),
                  `${name}: ${lineOf(imported.stderr, name)}`);
      assert.match(imported.stderr, /did you mean database\.redis\.host\?/);
      assert.match(imported.stderr, /mean SOKETI_EVENT_MAX_NAME_LENGTH\?/);
      assert.ok(!imported.stderr.includes(soketiApp.secret));

      const file = inDir('tidewire.toml', imported.stdout);
      const server = await Server.launch(
        ['--config', file, '--data-dir', path.join(dir, 'data')]);
      try {
        const pusher = await connected(
          client(server, { app: soketiApp, wsPath: '/ws' }));
        const heard = await subscribed(pusher, 'private-orders');
        // The Node SDK knows no path; the API answers at the prefix, signed
        // without it, as soketi's clients behind a prefix do it.
        const sdk = new PusherServer({
          appId: soketiApp.id, key: soketiApp.key, secret: soketiApp.secret,
          host: '127.0.0.1', port: `${server.port}/ws`, useTLS: false,
        });
        const big = 'x'.repeat(40 * 1024); // more than our own default
        await sdk.trigger('private-orders', 'shipped', big);
        assert.equal(await heard.next('shipped'), big);
      } finally {
        await server.stop();
      }
    });

  test('serve obeys soketi when told to, and says what it disregards',
    async () => {
      const json = inDir('serve.json', JSON.stringify({
        'appManager.array.apps': [soketiApp],
      }));
      const server = await Server.launch(
        ['--from-soketi', '--soketi-config', json,
         '--data-dir', path.join(dir, 'data-2')],
        { env: { SOKETI_DEFAULT_APP_KEY: 'by-variable',
                 SOKETI_ADAPTER_DRIVER: 'redis', SOKETI_PROT: '1' } });
      try {
        const app = { ...soketiApp, key: 'by-variable' };
        const heard =
          await subscribed(await connected(client(server, { app })), 'news');
        await publisher(server, app).trigger('news', 'e', 1);
        assert.equal(await heard.next('e'), 1);
        assert.match(server.stderr, /SOKETI_PROT.*SOKETI_PORT/);
        assert.match(server.stderr, /SOKETI_ADAPTER_DRIVER/);
      } finally {
        await server.stop();
      }
    });

  test('serve does not obey soketi by itself', async () => {
    const server = await Server.launch(
      ['--data-dir', path.join(dir, 'data-3')],
      { env: { SOKETI_DEFAULT_APP_KEY: 'not-asked-for' } });
    try {
      await connected(client(server)); // the demo app, as ever
      await until(() => /SOKETI_DEFAULT_APP_KEY.*--from-soketi/
        .test(server.stderr), 'it says that it does not');
    } finally {
      await server.stop();
    }
  });

  test('Laravel\'s block works with laravel-echo and pusher', async () => {
    const file = inDir('laravel.toml', [
      '[[apps]]', `id = "${soketiApp.id}"`,
      `keys = [{ key = "${soketiApp.key}", ` +
        `secret = ${JSON.stringify(soketiApp.secret)} }]`, ''].join('\n'));
    const server = await Server.launch(
      ['--config', file, '--data-dir', path.join(dir, 'data-4')]);
    let echo;
    try {
      const { code, stdout, stderr } = await run(
        ['apps', 'env', '--laravel', soketiApp.id, '--config', file,
         '--host', '127.0.0.1', '--port', String(server.port)]);
      assert.equal(code, 0, stderr);
      const env = readEnv(stdout);
      assert.equal(env.BROADCAST_CONNECTION, 'pusher');
      assert.equal(env.PUSHER_APP_SECRET, soketiApp.secret);
      const broadcaster = broadcasterOf(env);
      echo = echoOf(env, broadcaster);
      const inbox = new Inbox();
      const room = echo.join('room');
      room.here((members) => inbox.push(['here', members]))
        .listen('OrderShipped', (data) => inbox.push(['shipped', data]));
      const [, members] = await inbox.next('here', 5000,
                                           ([what]) => what === 'here');
      assert.deepEqual(members, [{ name: 'Ada' }]);
      await broadcaster.trigger('presence-room', 'App\\Events\\OrderShipped',
                                { order: 7 });
      const [, data] = await inbox.next('shipped', 5000,
                                        ([what]) => what === 'shipped');
      assert.deepEqual(data, { order: 7 });
    } finally {
      echo?.disconnect();
      await server.stop();
    }
  });

  test('an unknown app is told which there are', async () => {
    const file = inDir('two.toml',
      ['1', '22'].map((id) => `[[apps]]\nid = "${id}"\n` +
        `keys = [{ key = "k${id}", secret = "s" }]\n`).join(''));
    const { code, stdout, stderr } =
      await run(['apps', 'env', '--laravel', '7', '--config', file]);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /"7".*there are: 1, 22/);
  });

  test('wrong command lines are a matter of usage: exit 2', async () => {
    for (const args of [['config', 'import'], ['apps'], ['apps', 'env', '1'],
                        ['config', 'import', '--reverb'],
                        ['apps', 'env', '--laravel'],
                        ['apps', 'env', '--laravel', '1', '--port', '0'],
                        ['config', 'import', '--nonsense']]) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.ok(stderr.length > 10, args.join(' '));
    }
  });
});
