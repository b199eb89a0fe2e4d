import { useLayoutEffect, useRef } from 'preact/hooks';
import { CHAT_MAX } from '../../../protocol/constants.ts';

/** A line of the chat, as the page shows it. */
export interface Line {
  id: string;
  name: string;
  text: string;
  at: Date;
}

/** What was said, and a field to say something. */
export function Chat({ lines, onSend }: { lines: readonly Line[]; onSend: (text: string) => void }) {
  const log = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => field.current?.focus(), []);
  useLayoutEffect(() => log.current?.scrollTo(0, log.current.scrollHeight), [lines.length]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const text = field.current?.value.trim();
    if (!text || !field.current) return;
    field.current.value = '';
    onSend(text);
  };
  return (
    <aside class="chat" aria-label="Chat">
      <div ref={log} class="log" role="log" aria-label="Messages">
        <ol>
          {lines.map(({ id, name, text, at }) => (
            <li key={id}>
              <b dir="auto">{name}</b> <time dateTime={at.toISOString()}>{clock(at)}</time>
              <p dir="auto">{text}</p>
            </li>
          ))}
        </ol>
      </div>
      <form onSubmit={submit}>
        <input
          ref={field}
          name="text"
          maxLength={CHAT_MAX}
          autocomplete="off"
          aria-label="Message to all"
          placeholder="Message to all"
        />
        <button type="submit">Send</button>
      </form>
    </aside>
  );
}

function clock(at: Date): string {
  return at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
