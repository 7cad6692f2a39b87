// The judge of the property test must be able to say no.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hmac } from './lib/api.mjs';
import { mainApp, quietApp } from './lib/apps.mjs';
import { HookChecker } from './lib/hook_checker.mjs';

let number = 0;

function hook(events, changes = {}) {
  const body = JSON.stringify({ time_ms: 1, events });
  return { type: 'application/json', key: mainApp.key, body,
           signature: hmac(mainApp.secret, body), id: `1/x/${++number}`,
           ...changes };
}

const occupied = (channel) => ({ name: 'channel_occupied', channel });
const vacated = (channel) => ({ name: 'channel_vacated', channel });
const added = (channel, user) =>
  ({ name: 'member_added', channel, user_id: user });
const removed = (channel, user) =>
  ({ name: 'member_removed', channel, user_id: user });

function judge(...hooks) {
  const checker = new HookChecker(mainApp, (c) => !c.startsWith('other'));
  for (const one of hooks) checker.take(one);
  return checker;
}

test('what alternates is right, and repetitions are', () => {
  const twice = hook([added('a', 'u')]);
  const checker = judge(
    hook([occupied('a')]), twice, hook([occupied('b')]), twice,
    hook([removed('a', 'u'), vacated('a')]), hook([occupied('a')]));
  assert.deepEqual(checker.faults, []);
  assert.equal(checker.repeated, 1);
  assert.deepEqual(checker.present, new Set(['a', 'b']));
  assert.equal(checker.occupations('a'), 2);
  assert.deepEqual(checker.difference(new Set(['a', 'b'])), []);
});

const planted = {
  'occupied twice': [hook([occupied('a')]), hook([occupied('a')])],
  'vacated first': [hook([vacated('a')])],
  'vacated twice': [hook([occupied('a'), vacated('a')]), hook([vacated('a')])],
  'a member added twice':
    [hook([occupied('a'), added('a', 'u')]), hook([added('a', 'u')])],
  'a member removed who was never added':
    [hook([occupied('a')]), hook([removed('a', 'u')])],
  'a member of a vacated channel': [hook([added('a', 'u')])],
  'the channel of another app': [hook([occupied('other-a')])],
  'the key of another app': [hook([occupied('a')], { key: quietApp.key })],
  'the id of another app': [hook([occupied('a')], { id: '2/x/1' })],
  'a wrong signature': [hook([occupied('a')], { signature: 'f'.repeat(64) })],
  'another content type':
    [hook([occupied('a')], { type: 'application/json; charset=utf-8' })],
  'one id, two bodies':
    [hook([occupied('a')], { id: '1/x' }), hook([vacated('a')], { id: '1/x' })],
};
for (const [name, hooks] of Object.entries(planted))
  test(`a planted fault is found: ${name}`, () => {
    assert.equal(judge(...hooks).faults.length, 1);
  });

test('a lost event is a difference from the truth', () => {
  const checker = judge(hook([occupied('a'), added('a', 'u')]));
  assert.deepEqual(checker.difference(new Set(['a', 'b'])), ['+b', '-a u']);
});
