import { type ComponentChildren, createContext } from 'preact';
import { useContext, useId, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icons.tsx';
import { focusByKey } from './menu-keys.ts';

/** Closes the menu and gives the focus back to its button. */
const CloseMenu = createContext(() => {});

interface MenuProps {
  label: string;
  icon: IconName;
  /** `MenuItem`s. */
  children: ComponentChildren;
}

/** A button and the menu that it opens, with the keys of the WAI-ARIA pattern for menu buttons. */
export function Menu({ label, icon, children }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const close = () => {
    menu.current?.hidePopover();
    button.current?.focus();
  };
  const openByKey = (event: KeyboardEvent) => {
    if (!['Enter', ' ', 'ArrowDown', 'ArrowUp'].includes(event.key)) return;
    event.preventDefault();
    menu.current?.showPopover();
    if (menu.current) focusByKey(menu.current, event.key === 'ArrowUp' ? 'End' : 'Home');
  };
  const onMenuKey = (event: KeyboardEvent) => {
    if (event.key === 'Tab')
      close(); // and on to what follows the button
    else if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (menu.current && !hasModifier(event) && focusByKey(menu.current, event.key)) {
      event.preventDefault();
    }
  };
  const onToggle = ({ newState }: Pick<ToggleEvent, 'newState'>) => {
    setOpen(newState === 'open');
    if (newState !== 'open' || menu.current?.contains(document.activeElement)) return;
    if (menu.current) focusByKey(menu.current, 'Home');
  };
  return (
    <CloseMenu.Provider value={close}>
      <button
        ref={button}
        type="button"
        class="tool"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        popovertarget={id}
        onKeyDown={openByKey}
      >
        <Icon name={icon} />
      </button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        class="menu"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        onKeyDown={onMenuKey}
        onToggle={onToggle}
      >
        {children}
      </div>
    </CloseMenu.Provider>
  );
}

function hasModifier({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}

interface ItemProps {
  icon: IconName;
  label: string;
  danger?: boolean;
  /** Whether the menu stays open when it is chosen. */
  stays?: boolean;
  onChoose: () => void;
  onBlur?: () => void;
}

export function MenuItem({ icon, label, danger = false, stays = false, onChoose, onBlur }: ItemProps) {
  const close = useContext(CloseMenu);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      class={danger ? 'item danger' : 'item'}
      onBlur={onBlur}
      onClick={() => {
        if (!stays) close(); // first: what is opened now gives the focus back to the menu's button
        onChoose();
      }}
    >
      <Icon name={icon} />
      {label}
    </button>
  );
}
