/** The parts of the softphone's page that need no browser. */
import { describe, expect, test } from 'vitest';
import { clock, isDiallable, plainNumber } from '../../../../src/client/pages/dialer/numbers.ts';
import {
  causeOf,
  microphoneProblem,
  problemOf,
  sentenceOf,
} from '../../../../src/client/pages/dialer/problems.ts';
import { recentCalls } from '../../../../src/client/pages/dialer/recent.ts';
import { parseSettings } from '../../../../src/client/pages/dialer/remembered.ts';
import { ServerError, type WireLeg } from '../../../../src/client/pages/dialer/server.ts';
import { de } from '../../../../src/client/pages/dialer/texts/de.ts';
import { en } from '../../../../src/client/pages/dialer/texts/en.ts';

describe('numbers', () => {
  test.each([
    [' +1 (555) 123-4567 ', '+15551234567'],
    ['tel:+49-30-1234567', '+49301234567'],
    ['030/123 45.67', '0301234567'],
    ['\u202a+1\u00a0555\u2011123\u202c', '+1555123'],
    ['sip:bob@sip.telnyx.com', 'sip:bob@sip.telnyx.com'],
  ])('%s is plainly %s, and can be called', (text, plain) => {
    expect(plainNumber(text)).toBe(plain);
    expect(isDiallable(plain)).toBe(true);
  });

  test.each([
    '',
    '+',
    '5',
    'hello',
    '+1555x',
    '1+555',
    'sip:bob',
    `+${'1'.repeat(21)}`,
  ])('%j cannot be called', (text) => {
    expect(isDiallable(plainNumber(text))).toBe(false);
  });

  test('a duration is minutes and seconds, with hours when there are any', () => {
    expect([0, 999, 65_000, 3_723_000].map(clock)).toEqual(['0:00', '0:00', '1:05', '1:02:03']);
  });
});

describe('recent calls', () => {
  const LEG: WireLeg = {
    from: '+1999',
    to: '+1555',
    direction: 'incoming',
    started_at: '2026-11-21T10:00:00.000Z',
    answered_at: null,
    ended_at: null,
    hangup_cause: null,
  };
  const of = (leg: Partial<WireLeg>, state: string | null = 'hangup', own: string[] = []) =>
    recentCalls([{ id: 'call', state, legs: [{ ...LEG, ...leg }] }], own)[0];

  test('one that came in has the caller, and was missed where nobody took it', () => {
    expect(of({})).toMatchObject({ number: '+1999', direction: 'in', outcome: 'missed', duration: 0 });
  });

  test('one that went out has whom it went to, with why it was not answered', () => {
    expect(of({ direction: 'outgoing', hangup_cause: 'user_busy' })).toMatchObject({
      number: '+1555',
      direction: 'out',
      outcome: 'unanswered',
      cause: 'user_busy',
    });
  });

  test('our own number says which way it went, whatever Telnyx calls it', () => {
    expect(of({}, 'hangup', ['+1999'])).toMatchObject({ number: '+1555', direction: 'out' });
    expect(of({ direction: 'outgoing' }, 'hangup', ['+1555'])).toMatchObject({
      number: '+1999',
      direction: 'in',
    });
  });

  test('one that was answered has its duration, and one that goes on has none yet', () => {
    const answered = { answered_at: '2026-11-21T10:00:05.000Z' };
    expect(of({ ...answered, ended_at: '2026-11-21T10:01:10.000Z' })).toMatchObject({
      outcome: 'answered',
      duration: 65_000,
    });
    expect(of(answered, 'answered')).toMatchObject({ outcome: 'going', duration: 0 });
  });

  test('one of which no event named a number is left out', () => {
    expect(of({ from: null, to: null })).toBeUndefined();
  });
});

describe('sentences', () => {
  test('both languages have one for each code, and say each code without a gap', () => {
    expect(Object.keys(de.problems.codes).sort()).toEqual(Object.keys(en.problems.codes).sort());
    expect(Object.keys(de.causes).sort()).toEqual(Object.keys(en.causes).sort());
    for (const { problems } of [en, de]) {
      for (const say of Object.values(problems.codes)) expect(say?.('x')).toMatch(/^\p{Lu}.*\.$/u);
    }
  });

  test('a code that is in no list is said with the words of the server', () => {
    const badToken = sentenceOf(problemOf(new ServerError('token_signature', 'the signature is wrong')), en);
    expect(badToken).toContain('the signature is wrong');
    expect(sentenceOf(problemOf(new TypeError('of something')), en)).toContain('of something');
    expect(sentenceOf({ code: 'toString', message: 'm' }, en)).toContain('m');
  });

  test.each([
    ['NotAllowedError', 'microphone_denied'],
    ['NotFoundError', 'microphone_missing'],
    ['OverconstrainedError', 'microphone_missing'],
    ['NotReadableError', 'microphone_failed'],
  ])('%s is %s', (name, code) => {
    expect(microphoneProblem(Object.assign(new Error('no'), { name })).code).toBe(code);
  });

  test('causes are known in both of Telnyx’s spellings', () => {
    expect(causeOf('USER_BUSY', en)).toBe(causeOf('user_busy', en));
    expect(causeOf('user_busy', en)).toMatch(/busy/);
    expect(causeOf('NORMAL_CLEARING', en)).toBeUndefined();
  });
});

test.each([
  null,
  '',
  'no JSON',
  'null',
  '[]',
  '{"from":5,"notify":"yes"}',
])('what was remembered as %j counts as nothing', (text) => {
  expect(parseSettings(text)).toEqual({ from: '', mic: '', speaker: '', notify: false });
});
