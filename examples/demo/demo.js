// The demo page: a minimal Pusher protocol 7 client, and the page around it.
// Served by the admin port as /demo.js; also imported by tests/live under
// Node, so everything above `startPage` runs without a document.

/** What to do after a close, by the ranges of the Pusher protocol, part 7. */
export function afterClose(code) {
  if (code >= 4000 && code < 4100) return 'stop';
  if (code >= 4200 && code < 4300) return 'now';
  if (code >= 4300 && code < 5000) return 'stop';
  return 'wait';
}

/** A payload is JSON inside a string; a string that is no JSON stays one. */
export function decodeData(data) {
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

/**
 * One connection, which comes back by itself unless the server says not to.
 *
 * States: `initialized` → `connecting` → `connected`; `waiting` between two
 * attempts; `closed` when we ended it; `failed` when the server refused it for
 * good. `options.onState(state, reason)`, `options.onEvent({event, channel,
 * data})` and `options.onError({code, message})` are told what happens.
 */
export class TideClient {
  #options;
  #socket = null;
  #timer = null; // silence while connected, the delay while waiting
  #attempts = 0;
  #idleMs = 120_000;
  #channels = new Map(); // name → subscribed?

  constructor(options) {
    this.#options = {
      WebSocket: globalThis.WebSocket,
      pongTimeoutMs: 30_000,
      onState() {},
      onEvent() {},
      onError() {},
      ...options,
    };
    this.state = 'initialized';
    this.socketId = null;
  }

  /** Opens the connection; does nothing when there is one already. */
  connect() {
    if (this.state === 'connecting' || this.state === 'connected') return;
    this.#open();
  }

  /** Ends the connection for good; `connect` starts anew. */
  close(code = 1000) {
    this.#drop(code);
    this.#become('closed', '');
  }

  /** Subscribes to a public channel, now and after every reconnection. */
  subscribe(channel) {
    if (this.#channels.has(channel)) return;
    this.#channels.set(channel, false);
    if (this.state === 'connected') this.#sendSubscribe(channel);
  }

  unsubscribe(channel) {
    if (!this.#channels.delete(channel)) return;
    if (this.state === 'connected')
      this.#send('pusher:unsubscribe', { channel });
  }

  /** Whether the server has confirmed the subscription. */
  isSubscribed(channel) {
    return this.#channels.get(channel) === true;
  }

  #open() {
    const { url, key, WebSocket } = this.#options;
    clearTimeout(this.#timer);
    this.#become('connecting', '');
    const path = `/app/${encodeURIComponent(key)}`;
    const query = 'protocol=7&client=tidewire-demo&version=0.1.0';
    const socket = new WebSocket(`${url}${path}?${query}`);
    this.#socket = socket;
    // A socket that was given up may still speak; it is not listened to.
    const current = (handler) => (event) => {
      if (this.#socket === socket) handler(event);
    };
    socket.onmessage = current((event) => this.#receive(event.data));
    socket.onclose = current((event) => this.#lost(event.code, event.reason));
    socket.onerror = () => {}; // always followed by `close`, which says more
  }

  #drop(code) {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.socketId = null;
    for (const channel of this.#channels.keys())
      this.#channels.set(channel, false);
    if (socket && socket.readyState <= 1) socket.close(code);
  }

  #lost(code, reason) {
    this.#drop(1000);
    const text = reason || `closed with code ${code}`;
    const action = afterClose(code);
    if (action === 'stop') {
      this.#options.onError({ code, message: text });
      this.#become('failed', text);
      return;
    }
    // Many pages lose their server at the same moment: spread the return.
    const steps = Math.min(this.#attempts++, 4);
    const delay = action === 'now' ? 100 : 1000 * 2 ** steps;
    this.#timer = setTimeout(
      () => this.#open(), delay * (0.5 + Math.random() / 2));
    this.#become('waiting', text);
  }

  #receive(text) {
    this.#heard();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      this.#options.onError({ code: null, message: 'unreadable message' });
      return;
    }
    const { event, channel } = message;
    const data = decodeData(message.data);
    if (event === 'pusher:connection_established') {
      this.#established(data);
    } else if (event === 'pusher:ping') {
      this.#send('pusher:pong', {});
    } else if (event === 'pusher:error') {
      this.#options.onError({ code: data?.code ?? null,
                              message: data?.message ?? '' });
    } else if (event === 'pusher:subscription_error') {
      this.#options.onError({ code: data?.status ?? null,
                              message: data?.error ?? '' });
    } else if (event === 'pusher_internal:subscription_succeeded') {
      if (this.#channels.has(channel)) this.#channels.set(channel, true);
      this.#options.onEvent({ event: 'subscribed', channel, data });
    } else if (channel && !event.startsWith('pusher')) {
      this.#options.onEvent({ event, channel, data });
    }
  }

  #established({ socket_id: socketId, activity_timeout: seconds }) {
    this.socketId = socketId;
    this.#attempts = 0;
    this.#idleMs = Math.min(seconds || 120, 120) * 1000;
    this.#become('connected', '');
    this.#heard();
    for (const channel of this.#channels.keys()) this.#sendSubscribe(channel);
  }

  // Any message proves the server alive. After silence we ask, and when
  // nothing comes back we try again on a new socket.
  #heard() {
    if (this.state !== 'connected') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#send('pusher:ping', {});
      this.#timer = setTimeout(
        () => {
          this.#drop(4201);
          this.#lost(4201, 'the server has gone silent');
        }, this.#options.pongTimeoutMs);
    }, this.#idleMs);
  }

  #sendSubscribe(channel) {
    this.#send('pusher:subscribe', { auth: '', channel });
  }

  #send(event, data) {
    if (this.#socket?.readyState === 1)
      this.#socket.send(JSON.stringify({ event, data }));
  }

  #become(state, reason) {
    if (state === this.state) return;
    this.state = state;
    this.#options.onState(state, reason);
  }
}

/** The last `spanMs` of the gauge. Unknown is kept as null, never as 0. */
export class GaugeHistory {
  constructor(spanMs = 60_000) {
    this.spanMs = spanMs;
    this.samples = [];
  }

  add(at, value) {
    this.samples.push({ at, value });
    // One sample older than the span stays: the line enters from the left.
    while (this.samples.length > 2 && this.samples[1].at < at - this.spanMs)
      this.samples.shift();
  }

  /** The top of the scale: 1, 2 or 5 times a power of ten, at least 10. */
  ceiling() {
    const high = Math.max(0, ...this.samples.map((s) => s.value ?? 0)) * 1.15;
    for (let unit = 1; ; unit *= 10)
      for (const step of [1, 2, 5])
        if (unit * step >= Math.max(10, high)) return unit * step;
  }
}

// Browsers open no more than 200 (Firefox) or 255 (Chromium) WebSockets.
const mostSockets = 200;
const demoChannel = 'demo';

function startPage() {
  const $ = (id) => document.getElementById(id);
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const history = new GaugeHistory();
  const extras = [];
  const receipts = new Map(); // id of a publish → its row and its account
  const stateNames = {
    initialized: 'not started', connecting: 'connecting',
    connected: 'connected', waiting: 'reconnecting', closed: 'closed',
    failed: 'refused',
  };
  let settings = null;
  let main = null;
  let spoken = null;

  function note(text, kind = '') {
    $('note').textContent = text;
    $('note').dataset.kind = kind;
  }

  function clock(date = new Date()) {
    const ms = String(date.getMilliseconds()).padStart(3, '0');
    return `${date.toLocaleTimeString([], { hour12: false })}.${ms}`;
  }

  function addRow(name, text, kind = '') {
    const row = document.createElement('li');
    row.dataset.kind = kind;
    const cells = [['time', clock()], ['b', name], ['span', text], ['i', '']];
    for (const [tag, content] of cells) {
      const cell = document.createElement(tag);
      cell.textContent = content;
      row.append(cell);
    }
    $('events').prepend(row);
    while ($('events').children.length > 100) $('events').lastChild.remove();
    $('empty').hidden = true;
    return row;
  }

  function makeClient(isMain) {
    const client = new TideClient({
      url: settings.ws,
      key: settings.key,
      onState(state, reason) {
        showSockets();
        if (!isMain) return;
        $('state').dataset.state = state;
        $('state').textContent = stateNames[state];
        $('socket').textContent = client.socketId ?? '–';
        addRow(stateNames[state], reason || client.socketId || '', 'state');
      },
      onEvent({ event, channel, data }) {
        received(client, isMain, event, channel, data);
      },
      onError({ code, message }) {
        if (isMain || code) note(`${message} (${code ?? 'no code'})`, 'error');
      },
    });
    client.subscribe(demoChannel);
    client.connect();
    return client;
  }

  function received(client, isMain, event, channel, data) {
    if (event === 'subscribed') {
      if (isMain) addRow('subscribed', `to channel ${channel}`, 'state');
      return;
    }
    const id = data?.id;
    const receipt = receipts.get(id);
    if (receipt) {
      receipt.count += 1;
      receipt.lastMs = performance.now() - receipt.sentAt;
    }
    if (isMain) {
      const text = data?.text ?? JSON.stringify(data);
      const row = addRow(event, text, 'event');
      if (receipt) receipt.row = row;
    }
    if (receipt?.row) showReceipt(receipt);
  }

  function showReceipt({ row, count, expected, lastMs }) {
    row.lastChild.textContent =
      `${count} of ${expected} sockets, ${lastMs.toFixed(0)} ms`;
  }

  function showSockets() {
    const all = main ? [main, ...extras] : extras;
    const dots = $('sockets');
    while (dots.children.length > all.length) dots.lastChild.remove();
    while (dots.children.length < all.length)
      dots.append(document.createElement('span'));
    const counts = {};
    all.forEach((client, i) => {
      dots.children[i].dataset.state = client.state;
      counts[client.state] = (counts[client.state] ?? 0) + 1;
    });
    $('mine').textContent = counts.connected ?? 0;
    $('others').textContent = ['connecting', 'waiting', 'failed']
      .filter((s) => counts[s])
      .map((s) => `, ${counts[s]} ${stateNames[s]}`).join('');
    $('close').disabled = extras.length === 0;
  }

  function openMore(count) {
    const room = mostSockets - extras.length - 1;
    const opened = Math.min(count, room);
    for (let i = 0; i < opened; ++i) extras.push(makeClient(false));
    if (opened < count)
      note(`A browser opens about ${mostSockets} WebSockets, no more: ` +
           'use “tidewire bench” for a crowd.', 'hint');
    else note('');
    showSockets();
  }

  function closeAll() {
    for (const client of extras.splice(0)) client.close();
    note('');
    showSockets();
  }

  async function publish(text) {
    const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
    const open = [main, ...extras].filter((c) => c.isSubscribed(demoChannel));
    receipts.set(id, { sentAt: performance.now(), expected: open.length,
                       count: 0, lastMs: 0, row: null });
    if (receipts.size > 100) receipts.delete(receipts.keys().next().value);
    const body = { name: 'message', channel: demoChannel,
                   data: JSON.stringify({ text, id }) };
    try {
      const answer = await fetch('/demo/publish', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      note(answer.ok ? '' : `Not published: ${await answer.text()}`, 'error');
    } catch {
      note('Not published: the server does not answer.', 'error');
    }
  }

  async function poll() {
    let total = null;
    try {
      const answer = await fetch('/v1/gauge', { cache: 'no-store' });
      if (answer.ok) total = (await answer.json()).total;
    } catch {
      // Unknown, and shown as unknown.
    }
    history.add(performance.now(), total);
    $('gauge').textContent = total === null ? '–' : total.toLocaleString();
    $('gauge').classList.toggle('unknown', total === null);
    if (calm.matches) draw();
    setTimeout(poll, 500);
  }

  // For those who listen: the number again, but not twice a second.
  function speak() {
    const text = `${$('gauge').textContent} open connections`;
    if (text !== spoken) $('spoken').textContent = text;
    spoken = text;
  }

  function draw() {
    const canvas = $('chart');
    const scale = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale) ||
        canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(canvas);
    const paint = canvas.getContext('2d');
    paint.setTransform(scale, 0, 0, scale, 0, 0);
    paint.clearRect(0, 0, width, height);
    const top = history.ceiling();
    // Half a second behind, so that the newest sample enters from outside.
    const end = performance.now() - (calm.matches ? 0 : 600);
    const x = (at) => width - ((end - at) / history.spanMs) * width;
    const y = (value) => height - 4 - (value / top) * (height - 12);
    paint.font = `12px ${style.fontFamily}`;
    paint.fillStyle = style.getPropertyValue('--faint');
    paint.strokeStyle = style.getPropertyValue('--line');
    for (const value of [top, top / 2]) {
      paint.beginPath();
      paint.moveTo(0, y(value));
      paint.lineTo(width, y(value));
      paint.stroke();
      paint.fillText(value.toLocaleString(), 0, y(value) + 14);
    }
    paint.strokeStyle = style.getPropertyValue('--accent');
    paint.fillStyle = style.getPropertyValue('--wash');
    for (const run of knownRuns(history.samples)) {
      // A gauge steps: it holds its value until the next sample.
      paint.beginPath();
      run.forEach(({ at, value }, i) => {
        if (i === 0) paint.moveTo(x(at), y(value));
        else paint.lineTo(x(at), y(run[i - 1].value));
        paint.lineTo(x(at), y(value));
      });
      paint.lineWidth = 2;
      paint.stroke();
      paint.lineTo(x(run.at(-1).at), height);
      paint.lineTo(x(run[0].at), height);
      paint.fill();
      paint.lineWidth = 1;
    }
  }

  function animate() {
    if (!calm.matches) draw();
    requestAnimationFrame(animate);
  }

  async function begin() {
    try {
      const answer = await fetch('/demo.json', { cache: 'no-store' });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      settings = await answer.json();
    } catch (error) {
      note(`No connection data from /demo.json (${error.message}); ` +
           'trying again.', 'error');
      setTimeout(begin, 2000);
      return;
    }
    note('');
    $('where').textContent = settings.ws;
    $('app').textContent = settings.app_id;
    main = makeClient(true);
    for (const button of document.querySelectorAll('[data-open]')) {
      button.disabled = false;
      button.onclick = () => openMore(Number(button.dataset.open));
    }
    $('send').disabled = false;
  }

  $('close').onclick = closeAll;
  $('publish').onsubmit = (event) => {
    event.preventDefault();
    if (main) publish($('text').value);
  };
  calm.onchange = draw;
  onresize = draw;
  setInterval(speak, 5000);
  poll();
  animate();
  begin();
}

/** Cuts samples at the unknown ones, where the line has a gap. */
export function knownRuns(samples) {
  const runs = [[]];
  for (const sample of samples)
    if (sample.value === null) runs.push([]);
    else runs.at(-1).push(sample);
  return runs.filter((run) => run.length > 0);
}

if (typeof document !== 'undefined') startPage();
