// The HTTP API by hand: a signer of our own, so that it can sign wrongly.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { mainApp } from './apps.mjs';

export const md5 = (body) => createHash('md5').update(body).digest('hex');
export const hmac = (secret, text) =>
  createHmac('sha256', secret).update(text).digest('hex');

/** `auth` of a private or presence channel, protocol.md §8. */
export function channelAuth(socketId, channel, data, app = mainApp) {
  const parts = [socketId, channel, ...(data === undefined ? [] : [data])];
  const auth = `${app.key}:${hmac(app.secret, parts.join(':'))}`;
  return data === undefined ? { auth } : { auth, channel_data: data };
}

/** The text a request's signature is made of, protocol.md §9. */
export function textToSign(method, path, query) {
  const pairs = Object.entries(query)
    .filter(([k]) => k !== 'auth_signature')
    .map(([k, v]) => [k.toLowerCase(), v])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([k, v]) => `${k}=${v}`);
  return `${method}\n${path}\n${pairs.join('&')}`;
}

/**
 * The signed target of a request, `/path?query`. `edit(query)` changes the
 * query before it is signed, `spoil(query)` after.
 */
export function signedTarget(method, path, options = {}) {
  const { app = mainApp, body = '', query = {}, edit, spoil, at } = options;
  const all = {
    auth_key: app.key,
    auth_timestamp: String(at ?? Math.floor(Date.now() / 1000)),
    auth_version: '1.0',
    ...query,
  };
  if (body.length > 0) all.body_md5 = md5(body);
  edit?.(all);
  all.auth_signature = hmac(app.secret, textToSign(method, path, all));
  spoil?.(all);
  const text = Object.entries(all)
    .map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('&');
  return `${path}?${text}`;
}

/** Sends a signed request: `{status, headers, text, json}`. */
export async function call(server, method, tail, options = {}) {
  const { app = mainApp } = options;
  const body = typeof options.body === 'object'
    ? JSON.stringify(options.body) : options.body ?? '';
  const path = `/apps/${app.id}${tail}`;
  const target = signedTarget(method, path, { ...options, body });
  const answer = await fetch(`http://${server.host ?? '127.0.0.1'}:${server.port}${target}`, {
    method,
    // Node 18 trips over an empty body of a DELETE.
    body: (options.sentBody ?? body) || undefined,
    headers: { 'Content-Type': 'application/json', ...options.headers },
  });
  const text = await answer.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    // Errors are sentences.
  }
  return { status: answer.status, headers: answer.headers, text, json };
}

export function publish(server, event, options) {
  return call(server, 'POST', '/events', { ...options, body: event });
}

/** A signed request as bytes for a raw socket. */
export function requestBytes(method, path, options = {}) {
  const { body = '', headers = {} } = options;
  const target = options.target ?? signedTarget(method, path, options);
  const all = { Host: '127.0.0.1', ...headers };
  if (body.length > 0) {
    all['Content-Type'] ??= 'application/json';
    all['Content-Length'] ??= Buffer.byteLength(body);
  }
  const lines = Object.entries(all).map(([k, v]) => `${k}: ${v}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** An error is a sentence in plain text that says what to fix. */
export function isSentence(answer) {
  assert.match(answer.headers.get('content-type'), /^text\/plain/);
  assert.ok(answer.text.length > 10, answer.text);
  assert.ok(answer.text.length < 2000, answer.text);
}

/** Calls to `run.server` that have to be taken, or refused in that way. */
export function expecting(run) {
  return {
    async ok(method, tail, options) {
      const answer = await call(run.server, method, tail, options);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.headers.get('content-type'), /^application\/json/);
      return answer.json;
    },
    async refused(status, method, tail, options) {
      const answer = await call(run.server, method, tail, options);
      assert.equal(answer.status, status, answer.text);
      isSentence(answer);
      return answer.text;
    },
  };
}
