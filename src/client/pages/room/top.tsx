import { Icon } from './icons.tsx';
import { useTexts } from './texts/language.ts';

interface Props {
  roomName: string;
  /** How many people there are. */
  count: number;
  reconnecting: boolean;
  /** Whether the list of them is open. */
  open: boolean;
  onPeople: () => void;
}

/** Which room this is, how the connection is, and how many there are. */
export function Top({ roomName, count, reconnecting, open, onPeople }: Props) {
  const { call, tools } = useTexts();
  return (
    <header class="top">
      <h1 dir="auto">{roomName}</h1>
      <p class="state" role="status">
        {reconnecting ? call.comingBack : count === 1 && call.alone}
      </p>
      <button type="button" class="count" aria-pressed={open} onClick={onPeople} aria-keyshortcuts="p">
        <Icon name="people" />
        <span class="unseen">{tools.people}</span> {count}
      </button>
    </header>
  );
}
