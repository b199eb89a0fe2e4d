import { useRef } from 'preact/hooks';
import { useTexts } from './texts/language.ts';

/** The keys of a telephone, with the letters that stand on them (ITU-T E.161). */
const KEYS = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
] as const;
/** How long 0 is held for a plus, in milliseconds. */
const HOLD_MS = 500;

interface Props {
  onKey: (key: string) => void;
  /** Whether 0 is a plus when it is held. */
  plus?: boolean;
}

/** Twelve keys. */
export function Keypad({ onKey, plus = false }: Props) {
  const { dial } = useTexts();
  const hold = useHold(() => onKey('+'));
  return (
    <fieldset class="keypad" aria-label={dial.keypad} dir="ltr">
      {KEYS.map(([key, letters]) => {
        const held = plus && key === '0';
        return (
          <button
            key={key}
            type="button"
            class="key"
            title={held ? dial.plus : undefined}
            onClick={() => {
              if (!hold.took()) onKey(key);
            }}
            {...(held && hold.listeners)}
          >
            <span>{key}</span> <small>{key === '0' && !plus ? '' : letters}</small>
          </button>
        );
      })}
    </fieldset>
  );
}

/** A press that lasts. `took` says whether the click that follows was one. */
function useHold(onHold: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const taken = useRef(false);
  const end = () => clearTimeout(timer.current);
  const begin = () => {
    end();
    taken.current = false;
    timer.current = setTimeout(() => {
      taken.current = true;
      onHold();
    }, HOLD_MS);
  };
  const took = () => {
    const was = taken.current;
    taken.current = false;
    return was;
  };
  const listeners = {
    onPointerDown: begin,
    onPointerUp: end,
    onPointerLeave: end,
    onPointerCancel: end,
    // On touch a long press would open the browser's menu.
    onContextMenu: (event: Event) => event.preventDefault(),
  };
  return { took, listeners };
}
