/** The numbers whose calls come to the connection, and those that agents may call from. */
import type { Connection, TelnyxApi } from '../../src/telephony/telnyx-api.ts';
import { advice, type Examination, type Finding, failed, passed } from './finding.ts';
import { type Account, adviceFor, sentenceOf } from './subject.ts';

const STEP = 'Numbers';

export async function* examineNumbers({ api, telephony }: Account, connection: Connection): Examination {
  try {
    const numbers = await api.listNumbers(connection.id);
    const assigned = new Set(numbers.map(({ phone_number }) => phone_number));
    if (assigned.size === 0) {
      yield failed(
        STEP,
        'none is assigned to the connection: nobody can call the agents.',
        'Assign one (portal: Numbers, My Numbers, SIP Connection).',
      );
    } else {
      yield passed(
        STEP,
        `${listOf([...assigned])} ${assigned.size > 1 ? 'are' : 'is'} assigned to the connection.`,
      );
    }
    for (const { phone_number, status } of numbers.filter((one) => one.status && one.status !== 'active')) {
      yield failed(
        STEP,
        `${phone_number} is ${status}.`,
        'See in the portal what it waits for (Numbers, My Numbers).',
      );
    }
    for (const number of telephony.fromNumbers)
      if (!assigned.has(number)) yield await examineForeign(api, number);
  } catch (error) {
    yield failed(STEP, `${sentenceOf(error)}.`, adviceFor(error));
  }
}

/** A number to call from that is not assigned to the connection. */
async function examineForeign(api: TelnyxApi, number: string): Promise<Finding> {
  return (await api.findNumber(number))
    ? advice(
        STEP,
        `${number} is assigned elsewhere: calls back to it do not reach the agents.`,
        'Assign it in the portal, if they should (Numbers, My Numbers, SIP Connection).',
      )
    : failed(
        STEP,
        `${number} in TELNYX_FROM_NUMBERS is no number of this account: Telnyx may refuse calls from it.`,
        'Correct it or take it out, or have it verified in the portal (Numbers, Verified Numbers).',
      );
}

/** The first five. */
function listOf(numbers: readonly string[]): string {
  const more = numbers.length - 5;
  return `${numbers.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
