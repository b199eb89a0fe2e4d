import type { CallNews } from '../../phone/call-events.ts';
import { Fold } from './fold.tsx';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';
import { timeOf } from './when.ts';

/** What happens to calls, as the server tells it: of this softphone and of others that the token lets through. */
export function EventList() {
  const { events } = useTexts();
  const { feed } = useDialer();
  return (
    <Fold title={events.title} class="events">
      {feed.news.length === 0 && <p class="quiet">{events.empty}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <ol class="lines" tabIndex={0} aria-label={events.title}>
        {feed.news.map((news) => (
          <Line key={news.seq} news={news} />
        ))}
      </ol>
    </Fold>
  );
}

function Line({ news: { event, data } }: { news: CallNews }) {
  const { from, to, digit, hangup_cause } = data.payload;
  const detail = [digit, hangup_cause].find((value) => typeof value === 'string');
  const name = event === 'call-event' ? data.event_type : event;
  return (
    <li>
      <time>{timeOf(Date.parse(data.occurred_at))}</time>
      <div>
        <p dir="ltr">
          <span class="what">{name}</span> {detail}
        </p>
        {typeof from === 'string' && typeof to === 'string' && (
          <p class="quiet" dir="ltr">{`${from} → ${to}`}</p>
        )}
      </div>
    </li>
  );
}
