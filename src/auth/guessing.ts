/** Estimates how hard a secret is to guess. */

/** Text that people build secrets from. Pieces of it are cheap for an attacker to try. */
const COMMON_TEXT = [
  'abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba 01234567890 9876543210 0123456789abcdef',
  'qwertyuiop asdfghjkl zxcvbnm qwertz azerty 1qaz2wsx3edc4rfv5tgb6yhn7ujm 1q2w3e4r5t6y7u8i9o0p !@#$%^&*()',
  'secret key token jwt password passwort passwd pass phrase private public sign signing signature hmac sha auth',
  'production prod development dev staging test testing local localhost server service backend frontend api app',
  'application web website rtc webrtc turn stun coturn media room metrics prometheus telnyx aqlinks company example',
  'change changeme replace default admin administrator root user guest demo sample temp temporary please insert',
  'your my the this that is are at least with for and not use do very super strong long random secure string value',
  'characters bits bytes here there hello world welcome letmein iloveyou monkey dragon master love lorem ipsum dolor',
  'sit amet consectetur adipiscing correct horse battery staple keyboard cat deadbeef cafebabe none null undefined',
  '2020 2021 2022 2023 2024 2025 2026 2027 2028 2029 2030',
].join(' ');

/** The most common letter pairs in English. Most pairs of a word are among them, but few pairs of random letters. */
const COMMON_PAIRS: ReadonlySet<string> = new Set(
  [
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic',
    'ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs',
    'un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig',
    'tu ev ld ry mp fe bl ab gh ty op wo sa ay',
  ].flatMap((line) => line.split(' ')),
);
const COMMON_PAIRS_OF_A_WORD = 0.55;
/** Bits per letter of a word, near the upper bound in Shannon's "Prediction and Entropy of Printed English" (1951). */
const WORD_LETTER_BITS = 1.5;
/** Bits for a separator between two words. */
const SEPARATOR_BITS = 1;
/** Only this many characters are examined, so that the time is bounded. */
const MAX_LENGTH = 256;
/** The shortest repetition that is considered. */
const MIN_REPEAT = 3;

/**
 * A lower estimate of the entropy of a secret, in bits: its shortest description from single characters, letters of words, and
 * repetitions of earlier parts or of common text.
 */
export function estimateBits(secret: string): number {
  const text = secret.slice(0, MAX_LENGTH);
  const known = `${COMMON_TEXT} ${text.toLowerCase()}`;
  const offset = known.length - text.length;
  const letterBits = bitsOfCharacters(text);
  const cheapest: number[] = [0];
  const offer = (end: number, bits: number) => {
    cheapest[end] = Math.min(cheapest[end] ?? Infinity, bits);
  };
  for (const [start, bits] of letterBits.entries()) {
    const before = cheapest[start] ?? 0;
    offer(start + 1, before + bits);
    const length = lengthOfRepeat(known, offset + start);
    const repeatBits = Math.log2(offset + start) + Math.log2(length);
    for (let n = MIN_REPEAT; n <= length; n++) offer(start + n, before + repeatBits);
  }
  return cheapest[text.length] ?? 0;
}

/** The length of the longest text at `start` that also occurs earlier. */
function lengthOfRepeat(text: string, start: number): number {
  let length = MIN_REPEAT - 1;
  let from = 0;
  while (start + length < text.length) {
    from = text.indexOf(text.slice(start, start + length + 1), from);
    if (from >= start) break;
    length++;
  }
  return length;
}

/** The bits of each character on its own. */
function bitsOfCharacters(text: string): number[] {
  const bits = new Array<number>(text.length).fill(bitsOfAlphabet(text));
  for (const { 0: run, index } of text.matchAll(/[A-Z]?[a-z]{2,}|[A-Z]{3,}/g)) {
    if (!looksLikeWord(run)) continue;
    const end = index + run.length;
    bits.fill(WORD_LETTER_BITS, index, end);
    if (/[\s_.,-]/.test(text[end] ?? '')) bits[end] = SEPARATOR_BITS;
  }
  return bits;
}

/** The bits of one character: of its alphabet, or of the distinct characters of the text if those are fewer. */
function bitsOfAlphabet(text: string): number {
  if (/^\d*$/.test(text)) return Math.log2(Math.min(10, distinct(text)));
  if (/^([\da-f]*|[\dA-F]*)$/.test(text)) return Math.log2(Math.min(16, distinct(text)));
  const sizes = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/\d/, 10],
    [/[^a-zA-Z\d]/, 10],
  ] as const;
  const size = sizes.reduce((sum, [pattern, count]) => sum + (pattern.test(text) ? count : 0), 0);
  return Math.log2(Math.min(size, distinct(text)));
}

function distinct(text: string): number {
  return Math.max(1, new Set(text).size);
}

function looksLikeWord(run: string): boolean {
  const lower = run.toLowerCase();
  const pairs = Array.from({ length: lower.length - 1 }, (_, n) => lower.slice(n, n + 2));
  return pairs.filter((pair) => COMMON_PAIRS.has(pair)).length >= COMMON_PAIRS_OF_A_WORD * pairs.length;
}
