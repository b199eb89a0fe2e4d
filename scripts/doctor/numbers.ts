/** The numbers whose calls come to the connection, and those that agents may call from. */
import type { Connection } from '../../src/telephony/telnyx-api.ts';
import { type Examination, failed, passed } from './finding.ts';
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
    const foreign = telephony.fromNumbers.filter((number) => !assigned.has(number));
    if (foreign.length > 0) {
      yield failed(
        STEP,
        `${listOf(foreign)} in TELNYX_FROM_NUMBERS ${foreign.length > 1 ? 'are' : 'is'} not assigned to the connection.`,
        'Assign it in the portal, or take it out: Telnyx may refuse calls from it, and calls back do not reach the agents.',
      );
    }
  } catch (error) {
    yield failed(STEP, `${sentenceOf(error)}.`, adviceFor(error));
  }
}

/** The first five. */
function listOf(numbers: readonly string[]): string {
  const more = numbers.length - 5;
  return `${numbers.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
