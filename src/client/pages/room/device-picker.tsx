import { useContext, useEffect, useRef } from 'preact/hooks';
import type { OwnKind } from './capture.ts';
import { DeviceSelect, type DeviceSelectProps } from './device-select.tsx';
import type { OwnMedia } from './own-media.ts';
import { Dialog } from './panel.tsx';
import { SettingsContext } from './settings.ts';
import { playTest, watchLevel } from './sound.ts';
import { useTexts } from './texts/language.ts';
import type { DeviceKind, Devices } from './use-devices.ts';

interface Props {
  media: OwnMedia;
  devices: Devices;
  /** Those that the role has use for. */
  kinds: readonly DeviceKind[];
}

/** Which microphone, camera and speaker, with a look at how loud the one is and a sound for the other. */
export function DevicePicker({ media, devices, kinds }: Props) {
  const { devices: texts } = useTexts();
  const { settings, change } = useContext(SettingsContext);
  const choose = (kind: OwnKind, id: string) => {
    change({ [kind]: id });
    void media[kind].choose(id);
  };
  return (
    <div class="picker">
      {kinds.includes('camera') && (
        <Choice
          kind="camera"
          devices={devices}
          value={settings.camera}
          onChoose={(id) => choose('camera', id)}
        />
      )}
      {kinds.includes('mic') && (
        <>
          <Choice kind="mic" devices={devices} value={settings.mic} onChoose={(id) => choose('mic', id)} />
          <Level track={media.mic.on ? media.mic.track : undefined} />
        </>
      )}
      <div class="beside">
        {'setSinkId' in HTMLMediaElement.prototype && (
          <Choice
            kind="speaker"
            devices={devices}
            value={settings.speaker}
            onChoose={(speaker) => change({ speaker })}
          />
        )}
        <button type="button" class="quiet-button" onClick={() => playTest(settings.speaker)}>
          {texts.testSpeaker} <span class="unseen">{texts.speaker}</span>
        </button>
      </div>
    </div>
  );
}

/** The same in a call. */
export function DeviceDialog({ onClose, ...props }: Props & { onClose: () => void }) {
  const { devices: texts } = useTexts();
  const { settings, change } = useContext(SettingsContext);
  return (
    <Dialog title={texts.title} onClose={onClose}>
      <DevicePicker {...props} />
      <label class="check">
        <input
          type="checkbox"
          checked={settings.joinSound}
          onChange={({ currentTarget }) => change({ joinSound: currentTarget.checked })}
        />
        {texts.joinSound}
      </label>
    </Dialog>
  );
}

function Choice(props: Omit<DeviceSelectProps, 'texts'>) {
  const { devices: texts } = useTexts();
  return <DeviceSelect texts={texts} {...props} />;
}

/** How loud the microphone is. */
function Level({ track }: { track: MediaStreamTrack | undefined }) {
  const { devices } = useTexts();
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const show = (level: number) => {
      if (meter.current) meter.current.value = level;
    };
    show(0);
    return track && watchLevel(track, show);
  }, [track]);
  return <meter ref={meter} class="level" aria-label={devices.level} />;
}
