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
  const details = [typeof digit === 'string' && digit, typeof hangup_cause === 'string' && hangup_cause];
  return (
    <li>
      <time>{timeOf(Date.parse(data.occurred_at))}</time>
      <div>
        <p class="what" dir="ltr">
          {event === 'call-event' ? data.event_type : event}
        </p>
        {typeof from === 'string' && typeof to === 'string' && (
          <p class="quiet" dir="ltr">{`${from} → ${to}`}</p>
        )}
        <p class="quiet" dir="ltr">
          {details.filter(Boolean).join(', ')}
        </p>
      </div>
    </li>
  );
}
