// Operator commands through each of their faces: a pipe, a terminal, HTTP.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, binary, run } from './server.mjs';
import { until, within } from './until.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** `tidewire ctl` into a pipe, on the socket of the server. */
export function ctl(server, args, options) {
  return run(['ctl', ...args, '--data-dir', path.join(server.dir, 'data')],
             options);
}

/** The same, and what it printed as JSON. */
export async function ctlJson(server, args, options) {
  const end = await ctl(server, args, options);
  return { ...end, json: JSON.parse(end.stdout) };
}

/** A request over the admin socket: `{status, headers, text}`. */
export function overSocket(server, method, target, headers = {}) {
  return new Promise((done, fail) => {
    const socketPath = path.join(server.dir, 'data/admin.sock');
    const request = http.request(
      { socketPath, method, path: target, headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => { text += part; });
        answer.on('end', () =>
          done({ status: answer.statusCode, headers: answer.headers, text }));
      });
    request.on('error', fail).end();
  });
}

const quoted = (word) => `'${String(word).replaceAll('\'', '\'\\\'\'')}'`;

/** Escape sequences are a terminal's business. */
export function plain(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
}

/** The program on a pseudo-terminal, which `script` of bsdutils makes. */
export class Terminal extends Program {
  constructor(args, { columns = 100, env = {} } = {}) {
    const command = [`stty cols ${columns} rows 40;`, 'exec',
                     ...[binary, ...args].map(quoted)].join(' ');
    super('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TERM: 'xterm', ...env },
    });
  }

  get screen() {
    return plain(this.stdout);
  }

  type(text) {
    this.child.stdin.write(text);
  }

  /** Waits for `pattern` in what came since the last call. */
  async shows(pattern, ms) {
    this.seen ??= 0;
    const found = await until(() => {
      const match = pattern.exec(this.screen.slice(this.seen));
      if (!match && this.ended)
        throw new Error(`it ended with ${this.code}: ${this.screen}`);
      return match;
    }, `the terminal shows ${pattern}`, ms).catch((error) => {
      error.message += `\n${this.screen.slice(this.seen)}`;
      throw error;
    });
    this.seen += found.index + found[0].length;
    return found;
  }

  async end(ms) {
    return within(this.exited, 'the terminal ends', ms);
  }
}

/** One `tidewire ctl` on a terminal: its exit code, and what it showed. */
export async function ctlOnTerminal(server, args, options) {
  const terminal = new Terminal(
    ['ctl', ...args, '--data-dir', path.join(server.dir, 'data')], options);
  const { code } = await terminal.end();
  return { code, screen: terminal.screen };
}

/**
 * What differs from run to run, replaced: times, ports, ids, sizes, the names
 * of this machine. The number of blanks between columns goes with it.
 */
export function normalized(text, server) {
  return text
    .replaceAll(server.dir, 'DIR')
    .replaceAll(server.node ?? '\0', 'NODE')
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/\b\d{5,}\.\d+\b/g, 'SOCKET')
    .replace(/127\.0\.0\.1/g, 'ADDRESS')
    .replace(/\b\d[\d,.]* (d|h|min|s|ms|µs|B|KiB|MiB|GiB)( \d+ (h|min|s))?\b/g,
             'SIZE')
    .replace(/("[a-z_]*(seconds|bytes)"):[\d.]+/g, '$1:N')
    .replace(/("(descriptors|descriptor_limit|threads|port|reactors|pending|sockets)"):\d+/g,
             '$1:N')
    .replace(/(not on disk yet|unknown seconds|offset, ms) +-?[\d,]+/g, '$1 N')
    .replace(/("(waiting_ticks|unknown_ticks|clock_offset_ms)"):-?\d+/g, '$1:N')
    .replace(/(descriptors|descriptor limit|threads|reactors|pending|sockets) +[\d,]+/g,
             '$1 N')
    .replace(/^ *\d{4,5} +(ws|wss|admin) /gm, 'PORT $1 ')
    .replace(/"heads":(\[[^\]]*\]|"[^"]*")/g, '"heads":HEADS')
    .replace(/^Heads of the chains\n(.+\n)+/m, 'Heads of the chains\nHEADS\n')
    .replace(/"version":"[^"]+"/, '"version":"VERSION"')
    .replace(/^version +\S+/m, 'version VERSION')
    .replace(/ {2,}/g, '  ')
    .replace(/ +$/gm, '');
}

/** The same without any figure: their shape is what is recorded. */
export function unnumbered(text) {
  return text.replace(/-?\d[\d,.]*/g, 'N').replace(/\bnull\b/g, 'N')
    .replace(/ \?(?= |$)/gm, ' N').replace(/ {2,}/g, '  ')
    .replace(/(N |N,)+N/g, 'N')
    .replace(/under SIZE|(SIZE|N) to SIZE/g, 'BAND');
}

/** Compares with what was recorded; `TIDEWIRE_RECORD=1` records it anew. */
export function recorded(name, text) {
  const file = path.join(here, '../transcripts', name);
  if (process.env.TIDEWIRE_RECORD) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return readFileSync(file, 'utf8');
}
