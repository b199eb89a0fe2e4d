import { useEffect } from 'preact/hooks';
import { ring } from './ring.ts';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';

/** While a call rings: a tone, a mark in the title, and a notification where the page is not seen. */
export function useRing(): void {
  const { title, call: texts } = useTexts();
  const { calls, settings } = useDialer();
  const ringing = calls.all.find(({ state }) => state === 'ringing');
  const name = ringing && (ringing.number || texts.unknown);
  useEffect(() => {
    document.title = name === undefined ? title : `☎ ${texts.ringTitle(name)}`;
  }, [name]);
  useEffect(() => {
    if (name === undefined) return;
    const stop = ring(settings.speaker);
    const notification =
      settings.notify && document.hidden ? notify(title, texts.ringTitle(name)) : undefined;
    return () => {
      stop();
      notification?.close();
    };
  }, [ringing?.id]);
}

/** A click on it brings the page forward. */
function notify(title: string, body: string): Notification | undefined {
  try {
    const notification = new Notification(title, { body, tag: 'call', requireInteraction: true });
    notification.addEventListener('click', () => window.focus());
    return notification;
  } catch {
    return undefined; // a phone's browser, which has them for service workers alone
  }
}
