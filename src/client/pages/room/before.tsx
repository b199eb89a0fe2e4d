import { useContext, useEffect, useState } from 'preact/hooks';
import type { Invitation } from './address.ts';
import { DevicePicker } from './device-picker.tsx';
import { Icon } from './icons.tsx';
import { OwnVideo } from './media.tsx';
import type { OwnMedia } from './own-media.ts';
import { captureSentence } from './sentences.ts';
import { SettingsContext } from './settings.ts';
import { useTexts } from './texts/language.ts';
import { Avatar } from './tile.tsx';
import type { Devices } from './use-devices.ts';
import { useOwnMedia } from './use-room.ts';

interface Props {
  invitation: Invitation;
  media: OwnMedia;
  devices: Devices;
  /** Whether we are on the way into a call; `waiting` is in its lobby. */
  phase: 'idle' | 'joining' | 'waiting';
  /** Ends the way into a call. */
  onGiveUp: () => void;
  /** Why the last try did not work, in one sentence. */
  problem: string | undefined;
  onJoin: (invitation: Invitation) => void;
}

/** Before the call: how one looks and sounds, as whom one comes, and the button. */
export function Before({ invitation, media, devices, phase, onGiveUp, problem, onJoin }: Props) {
  const texts = useTexts();
  const [asked, setAsked] = useState(invitation);
  const watcher = asked.userType === 'viewer';
  useEffect(() => {
    if (watcher) media.stop();
    else void media.start();
  }, [watcher]);
  useOwnMedia(media);
  const failures = new Map(
    [media.mic, media.camera].flatMap(({ kind, failure }) =>
      failure === undefined ? [] : [[kind, failure]],
    ),
  );
  const failed = watcher ? undefined : captureSentence(failures, texts);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const [name, room] = [asked.name.trim(), asked.room.trim()];
    if (asked.token !== undefined || (name && room)) onJoin({ ...asked, name, room });
  };
  return (
    <main class={watcher ? 'before watcher' : 'before'}>
      {!watcher && <Preview media={media} name={asked.name} />}
      <form class="card" onSubmit={submit}>
        <h1>{asked.token === undefined ? texts.page.joinTitle : texts.page.ready}</h1>
        <p class="problem" role="alert">
          {problem}
        </p>
        {asked.token === undefined ? (
          <Who asked={asked} onChange={(change) => setAsked({ ...asked, ...change })} />
        ) : (
          <Invited invitation={asked} />
        )}
        <Entry phase={phase} onGiveUp={onGiveUp} />
        {failed && (
          <p class="warning">
            <Icon name="alert" />
            <span>{failed}</span>
          </p>
        )}
        <DevicePicker media={media} devices={devices} kinds={watcher ? [] : ['mic', 'camera']} />
      </form>
    </main>
  );
}

/** The button, and what stands in its place on the way into the call. */
function Entry({ phase, onGiveUp }: Pick<Props, 'phase' | 'onGiveUp'>) {
  const { page, lobby } = useTexts();
  const slow = useSlow(phase === 'joining');
  if (phase === 'waiting') {
    return (
      <div class="waiting" role="status">
        <p>{lobby.waiting}</p>
        <button type="button" class="quiet-button" onClick={onGiveUp}>
          {lobby.giveUp}
        </button>
      </div>
    );
  }
  return (
    <div class="entry">
      <button type="submit" class="primary join" disabled={phase === 'joining'}>
        {phase === 'joining' ? page.joining : page.join}
      </button>
      {slow && (
        <button type="button" class="quiet-button" onClick={onGiveUp}>
          {page.cancel}
        </button>
      )}
    </div>
  );
}

/** After so long somebody may want to give up, in milliseconds. */
const SLOW_MS = 1500;

/** Whether something goes on for longer than it should. */
function useSlow(going: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!going) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [going]);
  return slow;
}

/** As whom a token lets one in. */
function Invited({ invitation: { room, name, userType } }: { invitation: Invitation }) {
  const { page, roles, rolesMean } = useTexts();
  const [before, roomName, after] = page.joinsAs(room, roles[userType] ?? userType);
  return (
    <p>
      {name && (
        <>
          <span class="own-name" dir="auto">
            {name}
          </span>
          <br />
        </>
      )}
      {before}
      <b dir="auto">{roomName}</b>
      {after} <span class="quiet">{rolesMean[userType] ?? rolesMean.guest}</span>
    </p>
  );
}

const ROLES = ['host', 'presenter', 'guest', 'viewer'];

/** Asks for what a token would say, where the server gives one away. */
function Who({ asked, onChange }: { asked: Invitation; onChange: (change: Partial<Invitation>) => void }) {
  const { page, roles, rolesMean } = useTexts();
  const { name, room, userType } = asked;
  // A type that is not on the list is as good as a guest, and stays what a link says that it is.
  const types = ROLES.includes(userType) ? ROLES : [...ROLES, userType];
  const text = (key: 'name' | 'room', label: string, value: string) => (
    <label>
      {label}
      <input
        name={key}
        value={value}
        onInput={({ currentTarget }) => onChange({ [key]: currentTarget.value })}
        required
        maxLength={128}
        autocomplete={key === 'name' ? 'name' : 'off'}
        dir="auto"
      />
    </label>
  );
  return (
    <>
      {text('name', page.yourName, name)}
      <div class="beside">
        {text('room', page.room, room)}
        <label>
          {page.role}
          <select
            name="user_type"
            value={userType}
            onChange={({ currentTarget }) => onChange({ userType: currentTarget.value })}
          >
            {types.map((type) => (
              <option key={type} value={type}>
                {roles[type] ?? type}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="quiet">{rolesMean[userType] ?? rolesMean.guest}</p>
    </>
  );
}

/** What the others will see, with the two switches. */
function Preview({ media, name }: { media: OwnMedia; name: string }) {
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
      {camera.track ? (
        <OwnVideo track={camera.track} source="camera" />
      ) : (
        <div class="no-picture">
          <Avatar name={name} size={96} />
          <p>{camera.starting ? devices.cameraStarting : devices.cameraOff}</p>
        </div>
      )}
      <div class="switches">
        {button('mic')}
        {button('camera')}
      </div>
    </section>
  );
}
