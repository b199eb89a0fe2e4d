import { Icon } from './icons.tsx';
import type { DeviceKind, Devices } from './use-devices.ts';

export interface DeviceSelectProps {
  kind: DeviceKind;
  devices: Devices;
  /** The id of the chosen one; what is not there, as after it was unplugged, is the standard one. */
  value: string;
  onChoose: (id: string) => void;
  texts: Readonly<Partial<Record<DeviceKind, string>> & { standard: string }>;
}

/** Which of the devices of one kind. */
export function DeviceSelect({ kind, devices, value, onChoose, texts }: DeviceSelectProps) {
  const choices = devices[kind];
  const chosen = choices.some(({ id }) => id === value) ? value : '';
  return (
    <label class="choice">
      <Icon name={kind} />
      <span class="unseen">{texts[kind]}</span>
      <select
        name={`device-${kind}`}
        value={chosen}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        <option value="">{`${texts[kind]}: ${texts.standard}`}</option>
        {choices.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
