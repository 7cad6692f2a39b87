// Starts and stops one real server process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appsToml } from './apps.mjs';
import { parseMetrics, sumOf } from './metrics.mjs';
import { until, within } from './until.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const release = path.resolve(here, '../../../build/release');
export const binary =
  path.resolve(process.env.TIDEWIRE_BIN ?? path.join(release, 'tidewire'));

/** A program of the same build as the server. */
export function sibling(name) {
  return path.join(path.dirname(binary), name);
}

// A test file that fails half-way must not leave its server behind.
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process whose output is kept, line by line. */
export class Program {
  constructor(command, args, options = {}) {
    this.name = path.basename(command);
    this.child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'], ...options,
    });
    this.stdout = '';
    this.stderr = '';
    this.code = undefined;
    running.add(this.child);
    for (const stream of ['stdout', 'stderr'])
      this.child[stream].setEncoding('utf8').on('data', (text) => {
        this[stream] += text;
      });
    this.exited = new Promise((done) => {
      this.child.on('error', (error) => {
        running.delete(this.child);
        this.stderr += error.message;
        done({ code: null, signal: error.code });
      });
      this.child.on('close', (code, signal) => {
        running.delete(this.child);
        done({ code, signal });
      });
    }).then((end) => {
      this.code = end.code;
      this.ended = end;
      return end;
    });
  }

  get pid() {
    return this.child.pid;
  }

  /** The first match of `pattern` in what it prints. */
  async prints(pattern, ms = 10_000) {
    const found = await until(
      () => pattern.exec(this.stdout) ?? this.ended,
      `${this.name} prints ${pattern}`, ms);
    if (found === this.ended)
      throw new Error(`${this.name} ended with ${this.code}: ${this.stderr}`);
    return found;
  }

  signal(name) {
    if (!this.ended) this.child.kill(name);
  }

  async kill() {
    this.signal('SIGKILL');
    await this.exited;
  }
}

/** Runs a program to its end. */
export async function run(args, options = {}) {
  const program = new Program(binary, args, {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  program.child.stdin?.end(options.input);
  const { code } = await within(program.exited, `end of ${args.join(' ')}`);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

function toTable(name, values) {
  const text = (v) =>
    typeof v === 'string' || Array.isArray(v) ? JSON.stringify(v) : String(v);
  const lines = Object.entries(values).map(([k, v]) => `${k} = ${text(v)}`);
  return [`[${name}]`, ...lines, ''].join('\n');
}

function configuration(dir, sections, apps) {
  return [
    `data_dir = ${JSON.stringify(path.join(dir, 'data'))}\n`,
    ...Object.entries(sections).map(([name, v]) => toTable(name, v)), apps,
  ].join('\n');
}

/** The server under test, with the addresses it chose. */
export class Server extends Program {
  /**
   * `sections` are tables of the configuration file (`{limits: {…}}`);
   * `apps` replaces its apps; `shell` is run before it in the same process
   * (`ulimit -n 256`).
   */
  static start({ sections = {}, apps = appsToml, shell } = {}) {
    const dir = mkdtempSync(path.join(tmpdir(), 'tidewire-live-'));
    const all = {
      drain: { duration: '1s' }, log: { level: 'info' }, ...sections,
    };
    writeFileSync(path.join(dir, 'tidewire.toml'),
                  configuration(dir, all, apps));
    return this.startIn(dir, { sections: all, shell });
  }

  /** The same on a folder that a server has left behind. */
  static async startIn(dir, { sections, shell } = {}) {
    const file = path.join(dir, 'tidewire.toml');
    return Server.launch(['--config', file], { shell, dir, file, sections });
  }

  /**
   * The server with these arguments, on free ports; `dir` goes with it, `env`
   * is added to the environment. It listens on `host`; `wrap` are the words of
   * a command that becomes the server, and leads it elsewhere; `program` is
   * another build of it. Without `ready` it may answer /readyz as it likes.
   */
  static async launch(more, { shell, dir, env, file, sections,
                              host = '127.0.0.1', wrap = [],
                              program = binary, ready = true } = {}) {
    const args = ['serve', '--port', '0', '--admin-port', '0',
                  '--set', `server.host=${host}`,
                  '--set', `admin.host=${host}`, ...more];
    const options = { env: { ...process.env, ...env } };
    const [command, ...words] = shell
      ? ['bash', '-c', `${shell}; exec "$0" "$@"`, program, ...args]
      : [...wrap, program, ...args];
    const server = new Server(command, words, options);
    server.host = host;
    server.dir = dir;
    server.file = file;
    server.sections = sections;
    try {
      const at = `${host.replaceAll('.', '\\.')}:(\\d+)`;
      const ws = await server.prints(new RegExp(`listening on ws://${at}`));
      const admin = await server.prints(new RegExp(`admin on http://${at}`));
      server.port = Number(ws[1]);
      const wss = new RegExp(`listening on wss://${at}`).exec(server.stdout);
      server.tlsPort = wss ? Number(wss[1]) : undefined;
      server.adminPort = Number(admin[1]);
      server.admin = `http://${host}:${server.adminPort}`;
      if (ready)
        await until(async () => (await server.get('/readyz')).status === 200,
                    '/readyz answers 200', 10_000);
    } catch (error) {
      await server.kill();
      error.message += `\n${server.stderr}`;
      throw error;
    }
    return server;
  }

  /** Replaces the configuration file; a reload or a restart reads it. */
  configure({ sections = {}, apps = appsToml, text } = {}) {
    writeFileSync(this.file, text ?? configuration(
      this.dir, { ...this.sections, ...sections }, apps));
  }

  get token() {
    return readFileSync(path.join(this.dir, 'data/admin-token'), 'utf8').trim();
  }

  /** A request of the admin API with the token: `{status, json, text}`. */
  async manage(method, pathname, body, headers = {}) {
    const answer = await fetch(this.admin + pathname, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
    });
    const text = await answer.text();
    return {
      status: answer.status, headers: answer.headers, text,
      json: text ? JSON.parse(text) : undefined,
    };
  }

  get(pathname, options) {
    return fetch(this.admin + pathname, options);
  }

  async metrics() {
    const answer = await this.get('/metrics');
    assert.equal(answer.status, 200);
    return parseMetrics(await answer.text());
  }

  async metric(name, labels) {
    return sumOf(await this.metrics(), name, labels);
  }

  /** Open connections as the gauge has them; of one app, or of all. */
  connections(appId) {
    return this.metric('tidewire_connections', appId ? { app_id: appId } : {});
  }

  async reaches(expected, name, labels, ms) {
    let last;
    await until(async () => {
      last = await this.metric(name, labels);
      return last === expected;
    }, `${name}${JSON.stringify(labels ?? {})} is ${expected}`, ms)
      .catch((error) => {
        error.message += `; it is ${last}`;
        throw error;
      });
  }

  /** User and system time, in seconds. */
  cpuSeconds() {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  rssBytes() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024;
  }

  /** Memory of its own, without what is shared with files. */
  anonymousBytes() {
    const rollup = readFileSync(`/proc/${this.pid}/smaps_rollup`, 'utf8');
    return Number(/^Anonymous:\s+(\d+) kB/m.exec(rollup)[1]) * 1024;
  }

  /** SIGTERM, and the end it has to come to: by itself, in time, with 0. */
  async stop(ms = 10_000) {
    try {
      assert.equal(this.ended, undefined,
                   `the server died: ${this.code}\n${this.stderr}`);
      this.signal('SIGTERM');
      const end = await within(this.exited, 'the server ends', ms);
      assert.deepEqual(end, { code: 0, signal: null }, this.stderr);
    } finally {
      await this.kill();
      if (this.dir) rmSync(this.dir, { recursive: true, force: true });
    }
  }
}
