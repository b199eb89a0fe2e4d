/** The way of the media: whether the STUN servers answer, and the TURN servers relay. */
import { type IceUrl, parseIceUrl } from '../../src/lib/ice-url.ts';
import { type Examination, type Finding, failed, passed } from './finding.ts';
import { askStun, askTurn } from './ice-servers.ts';
import { type Subject, sentenceOf } from './subject.ts';

export async function* examineIceServers({ telephony, timeoutMs }: Subject): Examination {
  const ask = async (step: string, text: string, run: (url: IceUrl) => Promise<string>): Promise<Finding> => {
    const url = parseIceUrl(text);
    if (!url)
      return failed(
        step,
        `${text} is no address.`,
        'Write it as stun:host:3478 or turn:host:3478?transport=udp.',
      );
    return run(url).then(
      (says) => passed(step, `${text} ${says}`),
      (error) => failed(step, `${text}: ${sentenceOf(error)}.`, nextFor(step, url)),
    );
  };
  for (const text of telephony.stunServers) {
    yield await ask('STUN', text, async (url) => `sees this machine as ${await askStun(url, timeoutMs)}.`);
  }
  for (const { urls, username, credential } of telephony.turnServers) {
    for (const text of urls) {
      yield await ask('TURN', text, async (url) => {
        const relayed = await askTurn(url, { username, password: credential }, timeoutMs);
        return `relays from ${relayed}.`;
      });
    }
  }
}

function nextFor(step: string, { port, transport }: IceUrl): string {
  const open = `Let ${transport.toUpperCase()} to port ${port} out of the network that the agents are in`;
  return step === 'TURN'
    ? `${open}, and compare TELNYX_TURN_USERNAME and TELNYX_TURN_PASSWORD; without TURN some networks have no sound.`
    : `${open}; without STUN calls from behind a NAT may have no sound.`;
}
