// A crowd of clients on several nodes, and its own record of itself.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './server.mjs';
import { until, within } from './until.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

export class Crowd {
  record = new Map(); // by second
  #nodes = [];
  #rest = '';

  /** `apps` are `{id, key}`. */
  static start(apps, seed) {
    const self = new Crowd();
    self.apps = apps.map(({ id }) => id);
    self.program = new Program(process.execPath, [
      path.join(here, 'crowd_process.mjs'), String(seed),
      ...apps.map(({ id, key }) => `${id}:${key}`)],
    { stdio: ['pipe', 'pipe', 'pipe'] });
    self.program.child.stdout.on('data', (text) => self.#read(text));
    return self;
  }

  #read(text) {
    this.#rest += text;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      const told = JSON.parse(line);
      this.record.set(told.at, told);
      this.first ??= told.at;
      this.last = told;
    }
    this.program.stdout = '';
  }

  tell(what) {
    this.program.child.stdin.write(`${JSON.stringify(what)}\n`);
  }

  /** Node `i` is there (a Server), or is not (null). */
  node(i, server, { held = false } = {}) {
    this.#nodes[i] = server
      ? { host: server.host, port: server.port, held } : null;
    this.tell({ nodes: [...this.#nodes].map((x) => x ?? null) });
  }

  nodes(servers) {
    servers.forEach((server, i) => this.node(i, server));
  }

  level(level, churn) {
    this.tell({ level, churn });
  }

  /** Waits for the record of a second that ended at `at` or later. */
  async told(at = Math.ceil(Date.now() / 1000), ms = 15_000) {
    await until(() => this.last?.at >= at, `the crowd tells of ${at}`, ms);
    return this.last;
  }

  /** The least and the most that were open at the end of that second, of an
      app or of all; undefined if there is no record of it. */
  at(second, app) {
    const told = this.record.get(second);
    if (!told) return undefined;
    const all = app ? [told.apps[app]] : Object.values(told.apps);
    return all.reduce(([low, high], [a, b]) => [low + a, high + b], [0, 0]);
  }

  /** How many could be on node `i` around then, of an app or of all. */
  on(i, second, app) {
    return Math.max(...[second - 1, second, second + 1]
      .map((x) => this.#of('on', i, x, app)));
  }

  /** How many were told to close on node `i` in these seconds. */
  left(i, from, to, app) {
    return this.#of('left', i, to, app) - this.#of('left', i, from, app);
  }

  #of(what, i, second, app) {
    while (second > this.first && !this.record.has(second))
      --second;
    return Object.entries(this.record.get(second)?.[what][i] ?? {})
      .filter(([id]) => !app || id === app)
      .reduce((n, [, x]) => n + x, 0);
  }

  /** The greatest that can have been open at the end of any second. */
  get peak() {
    return Math.max(...[...this.record.keys()].map((x) => this.at(x)[1]));
  }

  async end() {
    this.program.child.stdin.end();
    await within(this.program.exited, 'the crowd ends', 10_000);
  }
}
