import { useEffect, useState } from 'preact/hooks';
import type { Invitation } from './address.ts';
import { DevicePicker } from './device-picker.tsx';
import { Entry, type Phase } from './entry.tsx';
import { Icon } from './icons.tsx';
import type { OwnMedia } from './own-media.ts';
import { Preview } from './preview.tsx';
import { captureSentence } from './sentences.ts';
import { useTexts } from './texts/language.ts';
import type { Devices } from './use-devices.ts';
import { useOwnMedia } from './use-room.ts';

interface Props {
  invitation: Invitation;
  media: OwnMedia;
  devices: Devices;
  phase: Phase;
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
      {!watcher && <Preview media={media} name={asked.name} failure={failed} />}
      <form class="card" onSubmit={submit}>
        <h1>{asked.token === undefined ? texts.page.joinTitle : texts.page.ready}</h1>
        <p class="problem" role="alert">
          {problem}
        </p>
        {asked.token === undefined && phase !== 'waiting' ? (
          <Who asked={asked} onChange={(change) => setAsked({ ...asked, ...change })} />
        ) : (
          <Invited invitation={asked} />
        )}
        <Entry phase={phase} onGiveUp={onGiveUp} />
        {failed && media.camera.track && (
          <p class="warning" role="status">
            <Icon name="alert" />
            <span>{failed}</span>
          </p>
        )}
        <DevicePicker media={media} devices={devices} kinds={watcher ? [] : ['mic', 'camera']} />
      </form>
    </main>
  );
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
