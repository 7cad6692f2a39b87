// The command line about its configuration: every kind of error names file,
// line, key, what was found and what is allowed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { run } from './lib/server.mjs';

const dir = mkdtempSync(path.join(tmpdir(), 'tidewire-config-'));
const file = path.join(dir, 'broken.toml');

async function check(content, args = [], env = {}) {
  writeFileSync(file, content);
  return run(['config', 'check', '--config', file, ...args], { env });
}

// What stands in the file; the line, the key and more that stderr has to name.
const errors = {
  'no TOML': ['[server\nport = 1\n', [/broken\.toml:1/]],
  'a text where a number belongs': [
    '[server]\nport = "http"\n', [/broken\.toml:2/, /server\.port/, /http/]],
  'a number that is too large': [
    '[server]\n\nport = 70000\n',
    [/broken\.toml:3/, /server\.port/, /70000/, /65535/]],
  'a negative number': [
    '[limits]\nchannel_name = -1\n',
    [/broken\.toml:2/, /limits\.channel_name/, /-1/]],
  'a duration without a unit': [
    '[limits]\npong_timeout = 30\n',
    [/broken\.toml:2/, /limits\.pong_timeout/, /30/, /30s|ms/]],
  'a duration with an unknown unit': [
    '[drain]\nduration = "10 parsecs"\n',
    [/broken\.toml:2/, /drain\.duration/, /10 parsecs/]],
  'a size that is none': [
    '[limits]\nmax_outbox = "big"\n',
    [/broken\.toml:2/, /limits\.max_outbox/, /big/, /KiB/]],
  'a word that is not on the list': [
    '[log]\nlevel = "loud"\n',
    [/broken\.toml:2/, /log\.level/, /loud/, /info/]],
  'a section that is a value': [
    'server = 5\n', [/broken\.toml:1/, /server/]],
  'an app without keys': [
    '[[apps]]\nid = "1"\nkeys = []\n', [/broken\.toml/, /apps\[0\]/, /key/]],
  'an app id that can stand in no path': [
    '[[apps]]\nid = "a/b"\n', [/broken\.toml:2/, /apps\[0\]\.id/, /a\/b/]],
  'two apps with one id': [
    '[[apps]]\nid = "1"\nkeys = [{ key = "a", secret = "b" }]\n' +
    '[[apps]]\nid = "1"\nkeys = [{ key = "c", secret = "d" }]\n',
    [/broken\.toml:\d/, /apps\[1\]\.id/, /"?1"?/]],
  'two apps with one key': [
    '[[apps]]\nid = "1"\nkeys = [{ key = "a", secret = "b" }]\n' +
    '[[apps]]\nid = "2"\nkeys = [{ key = "a", secret = "d" }]\n',
    [/broken\.toml:\d/, /apps\[1\]\.keys/]],
  'an app switch that is a text': [
    '[[apps]]\nenabled = "yes"\n',
    [/broken\.toml:2/, /apps\[0\]\.enabled/, /yes/, /true/]],
};

describe('tidewire config', { timeout: 120_000 }, () => {
  after(() => rmSync(dir, { recursive: true, force: true }));

  for (const [name, [content, patterns]] of Object.entries(errors))
    test(`${name} is found`, async () => {
      const { code, stderr } = await check(content);
      assert.equal(code, 1, stderr);
      for (const pattern of patterns) assert.match(stderr, pattern);
    });

  test('all errors are told at once', async () => {
    const { code, stderr } =
      await check('[server]\nport = "a"\n[log]\nlevel = "b"\n');
    assert.equal(code, 1);
    assert.match(stderr, /broken\.toml:2/);
    assert.match(stderr, /broken\.toml:4/);
  });

  test('an unknown key is told, with what was meant', async () => {
    const { stderr } = await check('[limits]\npong_timeuot = "30s"\n');
    assert.match(stderr, /broken\.toml:2/);
    assert.match(stderr, /pong_timeuot/);
    assert.match(stderr, /pong_timeout/);
    const strict =
      await check('[limits]\npong_timeuot = "30s"\n', ['--strict']);
    assert.equal(strict.code, 1);
  });

  test('a secret never stands in a message', async () => {
    const { stderr } = await check(
      '[[apps]]\nid = "/"\nkeys = [{ key = "k", secret = "hunter2" }]\n');
    assert.ok(!stderr.includes('hunter2'), stderr);
  });

  test('a file that is not there is named', async () => {
    const { code, stderr } =
      await run(['config', 'check', '--config', path.join(dir, 'none.toml')]);
    assert.equal(code, 1);
    assert.match(stderr, /none\.toml/);
  });

  test('the environment is checked, too', async () => {
    const { code, stderr } =
      await check('', [], { TIDEWIRE_SERVER__PORT: 'x' });
    assert.equal(code, 1);
    assert.match(stderr, /TIDEWIRE_SERVER__PORT/);
  });

  test('the default passes the check, without a warning', async () => {
    const shown = await run(['config', 'default']);
    assert.equal(shown.code, 0, shown.stderr);
    const { code, stderr } = await check(shown.stdout, ['--strict']);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
  });

  test('show tells what is in effect, and from where', async () => {
    writeFileSync(file, '[drain]\nduration = "7s"\n');
    const { code, stdout } = await run(
      ['config', 'show', '--config', file],
      { env: { TIDEWIRE_LOG__LEVEL: 'warn' } });
    assert.equal(code, 0);
    assert.match(stdout, /duration.*7s/);
    assert.match(stdout, /level.*warn/);
    assert.match(stdout, /broken\.toml:2/);
    assert.match(stdout, /TIDEWIRE_LOG__LEVEL/);
    assert.ok(!stdout.includes('app-secret'), 'secrets are hidden');
  });

  test('unknown words and flags are a matter of usage: exit 2', async () => {
    for (const args of [['--no-such-flag'], ['nonsense'], ['config', 'nope'],
                        ['serve', '--no-such-flag'], ['serve', '--port'],
                        ['serve', '--port', 'x'], ['serve', '--set', 'x'],
                        ['serve', '--set', 'server.prot=1'], ['config']]) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2, `${args.join(' ')}: ${code} ${stderr}`);
      assert.ok(stderr.length > 10, args.join(' '));
    }
  });

  test('a server does not start with a wrong configuration', async () => {
    writeFileSync(file, '[server]\nport = "x"\n');
    const { code, stdout, stderr } = await run(['serve', '--config', file]);
    assert.equal(code, 1, stderr);
    assert.match(stderr + stdout, /broken\.toml:2/);
  });

  test('help and version are answered', async () => {
    for (const args of [['--help'], ['serve', '--help'], ['config', '--help'],
                        ['--version']]) {
      const { code, stdout } = await run(args);
      assert.equal(code, 0, args.join(' '));
      assert.ok(stdout.length > 5, args.join(' '));
    }
    assert.match((await run(['--version'])).stdout, /\d+\.\d+\.\d+/);
  });
});
