// Operator commands where there is no server, a new one, or one that leaves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { Terminal, ctlJson } from './lib/commands.mjs';
import { RawPusher } from './lib/raw.mjs';
import { Server, run } from './lib/server.mjs';

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
