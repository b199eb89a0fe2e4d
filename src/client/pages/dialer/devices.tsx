import { useEffect, useState } from 'preact/hooks';
import { DeviceSelect } from '../room/device-select.tsx';
import { playTest } from '../room/sound.ts';
import { type Devices, sortDevices } from '../room/use-devices.ts';
import { Fold } from './fold.tsx';
import { watchMicrophone } from './microphone.ts';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';

/** Microphone and speaker, of calls that are on too, and the system's notifications. */
export function DevicePicker() {
  const { devices: texts } = useTexts();
  const { settings } = useDialer();
  const devices = useDevices();
  return (
    <Fold title={texts.title} class="devices">
      <Choice kind="mic" devices={devices} />
      {'setSinkId' in HTMLMediaElement.prototype && <Choice kind="speaker" devices={devices} />}
      <button type="button" class="quiet-button" onClick={() => playTest(settings.speaker)}>
        {texts.test}
      </button>
      {'Notification' in window && <Notify />}
    </Fold>
  );
}

/** What there is; looked up anew when something was plugged in or out, or a microphone was allowed. */
function useDevices(): Devices {
  const dialer = useDialer();
  const [devices, setDevices] = useState<Devices>({ mic: [], camera: [], speaker: [] });
  const problem = dialer.notices.problems.get('microphone');
  useEffect(() => {
    const look = async () =>
      setDevices(sortDevices((await navigator.mediaDevices?.enumerateDevices()) ?? []));
    void look();
    return watchMicrophone(() => void look());
  }, [problem, dialer.softphone.state]);
  return devices;
}

function Choice({ kind, devices }: { kind: 'mic' | 'speaker'; devices: Devices }) {
  const { devices: texts } = useTexts();
  const dialer = useDialer();
  return (
    <DeviceSelect
      kind={kind}
      devices={devices}
      value={dialer.settings[kind]}
      onChoose={(id) => dialer.change({ [kind]: id })}
      texts={texts}
    />
  );
}

/** Browsers ask whether a page may notify, and want a click before they do. */
function Notify() {
  const { devices: texts } = useTexts();
  const dialer = useDialer();
  const [permission, setPermission] = useState(Notification.permission);
  const { notify } = dialer.settings;
  const change = async (wanted: boolean) => {
    const now = wanted ? await Notification.requestPermission() : permission;
    setPermission(now);
    dialer.change({ notify: wanted && now === 'granted' });
  };
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          name="notify"
          checked={notify && permission === 'granted'}
          onChange={({ currentTarget }) => void change(currentTarget.checked)}
        />
        {texts.notify}
      </label>
      {permission === 'denied' && <p class="quiet">{texts.notifyBlocked}</p>}
    </>
  );
}
