// A process of its own that opens and closes connections on several nodes, in
// time with the seconds of the wall clock, and keeps its own record: around the
// end of each second nothing is begun, so that there is one true number.
//
//   node crowd_process.mjs SEED APP:KEY…      commands as lines of JSON on stdin:
//
//   {"nodes": [{"host": "127.0.0.1", "port": 6001}, null, …]}
//   {"level": 600, "churn": 200}
//
// A node that is null, or has `held`, is left alone. Each second `churn`
// connections open and as many close, beside those that it takes to come to the
// level. After each second a line tells how it ended:
//
//   {"at": 1800000000, "apps": {"1": [300, 300], "2": [295, 300]},
//    "on": [{"1": 100, "2": 99}, …], "left": [{"1": 20, "2": 25}, …],
//    "opened": …, "closed": …, "lost": …}
//
// `apps` has the least and the most that were open, as far as can be known from
// here: what is asked for and not answered may be either. `on` is the most on
// each node, `left` how many have ever been told to close there.
import net from 'node:net';
import { createInterface } from 'node:readline';
import { dice } from './dice.mjs';
import { frame, op } from './frames.mjs';
import { RawPusher } from './raw.mjs';

const [seed, ...words] = process.argv.slice(2);
const apps = words.map((word) => word.split(':'));
const random = dice(Number(seed));
const below = (n) => Math.floor(random() * n);

const goodbye = frame(op.close, Buffer.from([0x03, 0xe8]));
const request = (key) => [
  `GET ${RawPusher.target(key)} HTTP/1.1`, 'Host: 127.0.0.1',
  'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n');

let nodes = [];
let level = 0;
let churn = 0;
const sum = { opened: 0, closed: 0, lost: 0, refused: 0 };
const open = []; // of each node, who is open there

// Of each app: how many are in which state, and what happened after the second's
// end, before this process came to look.
const tallies = new Map(apps.map(([id]) => [id, {
  open: 0, opening: 0, closing: 0,
  late: { asked: 0, established: 0, told: 0, gone: 0, lost: 0 },
  on: [],
  left: [],
}]));
let ends = Infinity;
const note = (tally, what) => {
  if (Date.now() >= ends) ++tally.late[what];
};

function forget(one) {
  const list = open[one.node];
  list[one.place] = list.at(-1);
  list[one.place].place = one.place;
  list.pop();
  --one.tally.open;
}

function established(one) {
  one.state = 'open';
  const { tally } = one;
  --tally.opening;
  ++tally.open;
  ++sum.opened;
  note(tally, 'established');
  one.place = open[one.node].push(one) - 1;
}

// It ends from here on, whoever began.
function leaves(one) {
  forget(one);
  one.state = 'closing';
  ++one.tally.closing;
  one.tally.left[one.node] = (one.tally.left[one.node] ?? 0) + 1;
  note(one.tally, 'told');
}

function gone(one) {
  const { tally } = one;
  tally.on[one.node] -= 1;
  if (one.state === 'opening') {
    --tally.opening;
    ++sum.refused;
    note(tally, 'gone');
  } else if (one.state === 'closing') {
    --tally.closing;
    ++sum.closed;
    note(tally, 'gone');
  } else {
    forget(one);
    ++sum.lost;
    note(tally, 'lost');
  }
}

function connect(node) {
  const [id, key] = apps[below(apps.length)];
  const tally = tallies.get(id);
  const one = { node, tally, state: 'opening' };
  tally.on[node] = (tally.on[node] ?? 0) + 1;
  open[node] ??= [];
  ++tally.opening;
  note(tally, 'asked');
  const socket = net.connect({ ...nodes[node], noDelay: true });
  one.socket = socket;
  let heard = '';
  socket.on('connect', () => socket.write(request(key)));
  socket.on('data', (data) => {
    if (one.state === 'open' && data[0] === 0x88) { // sent away
      leaves(one);
      socket.end(goodbye);
    }
    if (one.state !== 'opening') return;
    heard += data.latin1Slice();
    if (heard.includes('connection_established')) established(one);
    else if (heard.includes('pusher:error')) socket.destroy();
  });
  socket.on('error', () => {});
  socket.on('close', () => gone(one));
}

// Half of them as RFC 6455 has it, half just hang up.
let politely = false;
function disconnect(usable) {
  const total = usable.reduce((n, i) => n + (open[i]?.length ?? 0), 0);
  if (total === 0) return;
  let which = below(total);
  const node = usable.find((i) => {
    which -= open[i]?.length ?? 0;
    return which < 0;
  });
  const one = open[node][below(open[node].length)];
  leaves(one);
  politely = !politely;
  if (politely) one.socket.write(goodbye);
  else one.socket.end();
}

const sleepUntil = (ms) =>
  new Promise((done) => { setTimeout(done, Math.max(0, ms - Date.now())); });

const have = () => [...tallies.values()]
  .reduce((n, x) => n + x.open + x.opening, 0);

// Where in a second something may begin; what it takes fits into the rest.
const from = 240;
const to = 560;
const slice = 20;

const of = (what) => nodes.map((_, i) => Object.fromEntries(
  [...tallies].map(([id, x]) => [id, x[what][i] ?? 0])));

async function second(start) {
  ends = start + 1000;
  for (const tally of tallies.values())
    tally.late = { asked: 0, established: 0, told: 0, gone: 0, lost: 0 };
  let opens;
  let closes;
  for (let at = from; at < to; at += slice) {
    await sleepUntil(start + at);
    if (Date.now() >= start + to) break;
    const missing = level - have();
    opens ??= churn + Math.max(0, missing);
    closes ??= churn + Math.max(0, -missing);
    const usable = nodes.flatMap((x, i) => x && !x.held ? [i] : []);
    if (usable.length === 0) continue;
    const left = Math.max(1, (start + to - Date.now()) / slice);
    for (let n = Math.ceil(opens / left); n > 0 && opens > 0; --n, --opens)
      connect(usable[below(usable.length)]);
    for (let n = Math.ceil(closes / left); n > 0 && closes > 0; --n, --closes)
      disconnect(usable);
  }
  await sleepUntil(start + 1000);
  return {
    at: Math.round(start / 1000) + 1,
    apps: Object.fromEntries([...tallies].map(([id, x]) => [id, [
      x.open - x.late.established,
      x.open + x.opening + x.closing + x.late.gone + x.late.lost -
        x.late.asked,
    ]])),
    on: of('on'),
    left: of('left'),
    ...sum,
  };
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const told = JSON.parse(line);
    nodes = told.nodes ?? nodes;
    level = told.level ?? level;
    churn = told.churn ?? churn;
  })
  .on('close', () => process.exit(0));

for (let start = Math.ceil((Date.now() + 20) / 1000) * 1000;;
  start = Math.max(start + 1000, Math.floor(Date.now() / 1000) * 1000)) {
  await sleepUntil(start);
  const told = await second(start);
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
