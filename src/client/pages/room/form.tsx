import type { Invitation } from './address.ts';

const ROLES = [
  ['host', 'Host'],
  ['presenter', 'Presenter'],
  ['guest', 'Guest'],
  ['viewer', 'Viewer'],
] as const;

/** A type that is not on the list is as good as a guest, and stays what a link says that it is. */
function roles(userType: string): readonly (readonly [value: string, label: string])[] {
  const known = ROLES.some(([value]) => value === userType);
  return known ? ROLES : [...ROLES, [userType, userType]];
}

interface Props {
  invitation: Invitation;
  busy: boolean;
  onJoin: (invitation: Invitation) => void;
}

/** Asks for what a token would say, or only whether to join where there is one. */
export function JoinForm({ invitation, busy, onJoin }: Props) {
  const { room, name, userType, token } = invitation;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const field = (key: string) => String(fields.get(key) ?? '').trim();
    const fields = new FormData(event.currentTarget);
    if (token !== undefined) onJoin(invitation);
    else onJoin({ ...invitation, name: field('name'), room: field('room'), userType: field('user_type') });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h1>Join a call</h1>
      {token === undefined ? (
        <>
          <label>
            Your name
            <input name="name" defaultValue={name} required maxLength={128} autocomplete="name" dir="auto" />
          </label>
          <label>
            Room
            <input name="room" defaultValue={room} required maxLength={128} autocomplete="off" dir="auto" />
          </label>
          <label>
            Role
            <select name="user_type">
              {roles(userType).map(([value, label]) => (
                <option key={value} value={value} selected={value === userType}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        </>
      ) : (
        <p>
          You join <b dir="auto">{room}</b> as <b dir="auto">{name || 'a guest'}</b>.
        </p>
      )}
      <button type="submit" class="primary" disabled={busy}>
        {busy ? 'Joining…' : 'Join'}
      </button>
    </form>
  );
}
