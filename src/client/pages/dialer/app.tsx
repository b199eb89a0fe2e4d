import { useEffect, useLayoutEffect } from 'preact/hooks';
import { CallCard } from './call-card.tsx';
import { DevicePicker } from './devices.tsx';
import { DialForm } from './dial-form.tsx';
import { EventList } from './event-list.tsx';
import { LogList } from './log-list.tsx';
import { watchMicrophone } from './microphone.ts';
import { ProblemList } from './problem-list.tsx';
import { causeOf } from './problems.ts';
import { RecentList } from './recent-list.tsx';
import type { Dialer } from './store.ts';
import { TextsContext, useTexts } from './texts/language.ts';
import type { Texts } from './texts/texts.ts';
import { Top } from './top.tsx';
import { DialerProvider, useDialer } from './use-dialer.ts';
import { useToneKeys } from './use-keys.ts';
import { useRing } from './use-ring.ts';

interface Props {
  dialer: Dialer;
  texts: Texts;
  /** Whose softphone it is. */
  agent: string;
}

/** The softphone's page. */
export function App({ dialer, texts, agent }: Props) {
  return (
    <TextsContext.Provider value={texts}>
      <DialerProvider value={dialer}>
        <Page agent={agent} />
      </DialerProvider>
    </TextsContext.Provider>
  );
}

function Page({ agent }: { agent: string }) {
  const { call: texts } = useTexts();
  const { softphone, calls } = useDialer();
  const { state } = softphone;
  useRing();
  useToneKeys();
  useSurroundings();
  useLayoutEffect(() => {
    document.documentElement.dataset.state = state;
  }, [state]);
  const ringing = calls.all.find((call) => call.state === 'ringing');
  const busy = calls.all.some((call) => call.state !== 'ringing');
  return (
    <div class="page">
      <Top agent={agent} />
      <p class="unseen" role="alert">
        {ringing && texts.calls(ringing.number || texts.unknown)}
      </p>
      <ProblemList />
      <main>
        <div class="column phone">
          {calls.all.map((call) => (
            <CallCard key={call.id} call={call} />
          ))}
          <Ended />
          {!busy && <DialForm />}
          <DevicePicker />
        </div>
        <div class="column">
          <RecentList />
        </div>
        <div class="column">
          <EventList />
          <LogList />
        </div>
      </main>
    </div>
  );
}

/** How the last call ended. */
function Ended() {
  const texts = useTexts();
  const { ended } = useDialer().calls;
  return (
    <p class="ended" role="status">
      {ended && texts.call.endedWith(ended.number || texts.call.unknown, causeOf(ended.cause, texts))}
    </p>
  );
}

/** Whether the computer has a network, and a microphone that may be used. */
function useSurroundings(): void {
  const dialer = useDialer();
  useEffect(() => {
    const tell = () => dialer.setOnline(navigator.onLine);
    addEventListener('online', tell);
    addEventListener('offline', tell);
    tell();
    const unwatch = watchMicrophone(() => void dialer.checkMicrophone());
    return () => {
      unwatch();
      removeEventListener('online', tell);
      removeEventListener('offline', tell);
    };
  }, [dialer]);
}
