import { PhoneIcon } from './icons.tsx';
import { clock } from './numbers.ts';
import { causeOf } from './problems.ts';
import type { RecentCall } from './recent.ts';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';
import { whenOf } from './when.ts';

/** The calls of the last day; a click takes the number of one. */
export function RecentList() {
  const { recent: texts } = useTexts();
  const { feed } = useDialer();
  return (
    <section class="card recent" aria-labelledby="recent-title">
      <h2 id="recent-title">{texts.title}</h2>
      {feed.recent.length === 0 ? (
        <p class="quiet">{texts.empty}</p>
      ) : (
        <ul>
          {feed.recent.map((call) => (
            <li key={call.id}>
              <Row call={call} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ call }: { call: RecentCall }) {
  const texts = useTexts();
  const dialer = useDialer();
  const { number, direction, outcome, startedAt, duration, cause } = call;
  const missed = outcome === 'missed';
  const how = outcome === 'answered' ? clock(duration) : texts.recent[outcome];
  const why = outcome === 'unanswered' ? causeOf(cause, texts) : undefined;
  return (
    <button
      type="button"
      class={missed ? 'row missed' : 'row'}
      title={texts.recent.callAgain(number)}
      onClick={() => dialer.setNumber(number)}
    >
      <PhoneIcon name={missed ? 'missed' : direction} />
      <span class="unseen">{texts.recent[direction]}</span>
      <span class="who" dir="auto">
        {number || texts.call.unknown}
      </span>
      <span class="how">{why ?? how}</span>
      <time>{whenOf(startedAt)}</time>
    </button>
  );
}
