import { useRef } from 'preact/hooks';
import { PhoneIcon } from './icons.tsx';
import { Keypad } from './keypad.tsx';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';

/** Whom to call, and from which number. */
export function DialForm() {
  const { dial } = useTexts();
  const dialer = useDialer();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void dialer.dial();
  };
  return (
    <form class="card dial" aria-label={dial.title} onSubmit={submit}>
      <NumberField />
      {dialer.fromNumbers.length > 0 && <FromNumber />}
      <Keypad plus onKey={(key) => dialer.setNumber(dialer.number + key)} />
      <button type="submit" class="primary call-button" aria-disabled={dialer.softphone.state !== 'ready'}>
        <PhoneIcon name="phone" />
        {dial.call}
      </button>
    </form>
  );
}

function NumberField() {
  const { dial } = useTexts();
  const dialer = useDialer();
  const field = useRef<HTMLInputElement>(null);
  const wrong = dialer.notices.problems.get('action')?.code === 'no_number';
  return (
    <div class="number">
      <label>
        {dial.number}
        <input
          ref={field}
          name="number"
          type="tel"
          dir="ltr"
          value={dialer.number}
          placeholder={dial.placeholder}
          autocomplete="off"
          spellcheck={false}
          required
          maxLength={128}
          aria-invalid={wrong}
          onInput={({ currentTarget }) => dialer.setNumber(currentTarget.value)}
        />
      </label>
      <button
        type="button"
        class="icon-button"
        aria-label={dial.delete}
        title={dial.delete}
        onClick={() => {
          dialer.setNumber(dialer.number.slice(0, -1));
          field.current?.focus();
        }}
      >
        <PhoneIcon name="backspace" />
      </button>
    </div>
  );
}

function FromNumber() {
  const { dial } = useTexts();
  const dialer = useDialer();
  return (
    <label>
      {dial.callFrom}
      <select
        name="from"
        dir="ltr"
        value={dialer.from}
        onChange={({ currentTarget }) => dialer.change({ from: currentTarget.value })}
      >
        {dialer.fromNumbers.map((number) => (
          <option key={number} value={number}>
            {number}
          </option>
        ))}
      </select>
    </label>
  );
}
