/**
 * What each client program of this folder does around its peer connection. A program is started as
 * `PROGRAM (publish|play|answer) URL`:
 *
 * - `publish`: posts its offer to the URL as WHIP does, and sends video and audio
 * - `play`: posts its offer to the URL as WHEP does, and counts what it receives
 * - `answer`: gets an offer from the URL, posts its answer there, and so on until there is no further offer
 *
 * `TOKEN` in the environment is sent as bearer token. Each line of its output is a `Report` as JSON. It ends with its input.
 */

/** What a client tells of itself. */
export interface Report {
  /** Whether its ICE and DTLS are up. */
  connected: boolean;
  /** Video frames received, or packets where the client does not decode. */
  video: number;
  /** Audio packets, frames or samples received. */
  audio: number;
}

export type Mode = 'publish' | 'play' | 'answer';

/** The mode and the address that a program was started with. */
export function readArguments(): { mode: Mode; url: string } {
  const [mode, url] = process.argv.slice(2);
  if ((mode !== 'publish' && mode !== 'play' && mode !== 'answer') || url === undefined) {
    throw new Error('usage: (publish|play|answer) URL');
  }
  return { mode, url };
}

/** Posts an offer, and resolves to the answer. */
export async function postOffer(url: string, offer: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/sdp', ...authorization() },
    body: offer,
  });
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${answer}`);
  return answer;
}

/** Answers offer after offer until there is none. */
export async function answerOffers(url: string, answer: (offer: string) => Promise<string>): Promise<void> {
  for (;;) {
    const response = await fetch(url, { headers: authorization() });
    if (response.status !== 200) return;
    const body = await answer(await response.text());
    await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', ...authorization() },
      body,
    });
  }
}

/** Writes a report every 200 ms, and ends the process with its input. */
export function reportRegularly(read: () => Report | Promise<Report>): void {
  setInterval(async () => process.stdout.write(`${JSON.stringify(await read())}\n`), 200);
  process.stdin.resume();
  process.stdin.on('end', () => process.exit());
}

function authorization(): Record<string, string> {
  return process.env.TOKEN ? { Authorization: `Bearer ${process.env.TOKEN}` } : {};
}
