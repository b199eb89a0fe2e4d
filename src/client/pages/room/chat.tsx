import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CHAT_MAX } from '../../../protocol/constants.ts';
import type { Room } from '../../room.ts';
import { Icon } from './icons.tsx';
import type { Notices } from './notices.tsx';
import { Panel } from './panel.tsx';
import { sentenceFor } from './sentences.ts';
import { useTexts } from './texts/language.ts';
import { useRoomEvent } from './use-room.ts';

/** A line of the chat, as the page shows it. */
export interface Line {
  id: string;
  name: string;
  text: string;
  at: Date;
  own: boolean;
  private: boolean;
}

interface Props {
  lines: readonly Line[];
  onSend: (text: string) => void;
  onClose: () => void;
}

/** What was said, and a field to say something. */
export function Chat({ lines, onSend, onClose }: Props) {
  const { chat } = useTexts();
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
    <Panel title={chat.title} class="chat" onClose={onClose}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
      <div ref={log} class="log" role="log" aria-label={chat.log} tabIndex={0}>
        {lines.length === 0 && <p class="quiet">{chat.empty}</p>}
        <ol>
          {lines.map((line) => (
            <ChatLine key={line.id} line={line} />
          ))}
        </ol>
      </div>
      <form onSubmit={submit}>
        <input
          ref={field}
          name="text"
          maxLength={CHAT_MAX}
          autocomplete="off"
          aria-label={chat.field}
          placeholder={chat.field}
          dir="auto"
        />
        <button type="submit" class="icon-button primary" aria-label={chat.send}>
          <Icon name="send" />
        </button>
      </form>
    </Panel>
  );
}

function ChatLine({ line: { name, text, at, own, private: secret } }: { line: Line }) {
  const { chat } = useTexts();
  return (
    <li class={own ? 'own' : undefined}>
      <p class="by">
        <b dir="auto">{name}</b> <time dateTime={at.toISOString()}>{clock(at)}</time>
        {secret && <i> {chat.private}</i>}
      </p>
      <p class="text" dir="auto">
        {text}
      </p>
    </li>
  );
}

/** What was said in this call. A new line is shown for a moment where the chat is not open, and counted. */
export function useChat(room: Room, name: string, open: boolean, notices: Notices) {
  const texts = useTexts();
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [unread, setUnread] = useState(0);
  const isOpen = useRef(open);
  isOpen.current = open;
  const add = (line: Line) => setLines((lines) => [...lines, line]);
  useEffect(() => {
    if (!open) return;
    setUnread(0);
    notices.drop('chat');
  }, [open]);
  useRoomEvent(room, 'chat', ({ id, peer, text, at, private: secret }) => {
    const from = peer?.name ?? texts.page.somebody;
    add({ id, name: from, text, at, own: false, private: secret });
    if (isOpen.current) return;
    setUnread((count) => count + 1);
    notices.show('chat', { text: `${from}: ${text.slice(0, 100)}` });
  });
  const say = (text: string) => {
    room.chat(text).then(
      ({ id, at }) => add({ id, name, text, at: new Date(at), own: true, private: false }),
      (failure: unknown) => notices.show('chat', { text: sentenceFor(failure, texts), tone: 'problem' }),
    );
  };
  return { lines, unread, say };
}

function clock(at: Date): string {
  return at.toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
}
