// What the tests of TLS share: an authority of their own, and clients that
// trust it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import https from 'node:https';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signedTarget } from './api.mjs';
import { Authority } from './certificates.mjs';
import { RawSocket } from './raw.mjs';
import { within } from './until.mjs';

export const authority = new Authority();
process.once('exit', () => authority.remove());

export const secure = { ca: authority.pem };
const here = path.dirname(fileURLToPath(import.meta.url));
const roundTrip = path.join(here, 'tls_round_trip.mjs');

/** `[tls]` with a certificate of its own for each server. */
export function tlsSection(name, more = {}) {
  return { port: 0, ...authority.install(authority.issue(name), name),
           ...more };
}

/** The SDKs in a process that trusts the authority. */
export async function sdksMeet(port) {
  const { stdout } = await promisify(execFile)(
    process.execPath, [roundTrip, String(port)],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.file } });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** The name on the certificate that a new handshake is shown. */
export async function nameShown(port) {
  const raw = await RawSocket.open(port, { secure });
  const { CN } = raw.socket.getPeerCertificate().subject;
  raw.destroy();
  return CN;
}

/** Why a TLS client was sent away. */
export async function handshakeError(port, options = {}) {
  const socket = tls.connect({ port, host: '127.0.0.1', ...secure, ...options,
                               servername: 'localhost' });
  const [error] = await within(once(socket, 'error'), 'a handshake error');
  socket.destroy();
  return error;
}

/** A signed request over https. */
export async function secureCall(port, method, tail, body = '',
                                 agent = undefined) {
  const target = signedTarget(method, `/apps/1${tail}`, { body });
  const request = https.request({ port, host: '127.0.0.1', method, agent,
                                  path: target, servername: 'localhost',
                                  ...secure });
  request.end(body);
  const [answer] = await within(once(request, 'response'), 'an answer');
  let whole = '';
  for await (const part of answer.setEncoding('utf8')) whole += part;
  return { status: answer.statusCode, text: whole };
}

/** Gauge and sockets agree for as long as two audits take. */
export async function driftStaysZero(server) {
  await server.reaches(0, 'tidewire_gauge_drift');
  assert.equal((await server.get('/v1/gauge').then((x) => x.json())).drift, 0);
}
