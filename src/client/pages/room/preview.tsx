import { useContext } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { OwnVideo } from './media.tsx';
import type { OwnMedia } from './own-media.ts';
import { SettingsContext } from './settings.ts';
import { useTexts } from './texts/language.ts';
import { Avatar } from './tile.tsx';

interface Props {
  media: OwnMedia;
  name: string;
  /** Why there is no picture, or no sound, in one sentence. */
  failure: string | undefined;
}

/** What the others will see, with the two switches. */
export function Preview({ media, name, failure }: Props) {
  const { devices, tools } = useTexts();
  const { change } = useContext(SettingsContext);
  const { camera } = media;
  const toggle = (kind: 'mic' | 'camera') => {
    const on = !media[kind].on;
    change(kind === 'mic' ? { micOn: on } : { cameraOn: on });
    void media[kind].setOn(on);
  };
  const button = (kind: 'mic' | 'camera') => (
    <button
      type="button"
      class={media[kind].on ? 'tool' : 'tool off'}
      aria-pressed={media[kind].on}
      aria-label={tools[kind]}
      title={tools[kind]}
      onClick={() => toggle(kind)}
    >
      <Icon name={kind} off={!media[kind].on} />
    </button>
  );
  return (
    <section class="preview" aria-label={devices.preview}>
      {camera.track && <OwnVideo track={camera.track} source="camera" />}
      <div class="no-picture" role="status" hidden={camera.track !== undefined}>
        {failure === undefined ? <Avatar name={name} size={96} /> : <Icon name="alert" />}
        <p>{failure ?? (camera.starting ? devices.cameraStarting : devices.cameraOff)}</p>
      </div>
      <div class="switches">
        {button('mic')}
        {button('camera')}
      </div>
    </section>
  );
}
