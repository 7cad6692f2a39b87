// The demo page: what it shows and what its buttons do.
import { GaugeHistory, TideClient, knownRuns } from '/client.js';

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
    else note('Not published: this page is not connected.', 'error');
  };
  calm.onchange = draw;
  onresize = draw;
  setInterval(speak, 5000);
  poll();
  animate();
  begin();
}

startPage();
