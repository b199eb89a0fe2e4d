import { useState } from 'preact/hooks';
import type { WaitingUser } from '../../moderation.ts';
import type { RemotePeer } from '../../remote-peer.ts';
import type { Room } from '../../room.ts';
import { HOLDABLE, type Holdable } from './holds.ts';
import { HostDialog } from './host-dialog.tsx';
import { Icon } from './icons.tsx';
import { Panel } from './panel.tsx';
import { useTexts } from './texts/language.ts';
import { Avatar } from './tile.tsx';
import type { TileInfo } from './tiles.ts';

interface Props {
  room: Room;
  tiles: readonly TileInfo[];
  /** Does what may be refused, and says so. */
  attempt: (act: () => Promise<unknown>) => void;
  onClose: () => void;
}

/** Everyone in the call, and for hosts those who wait to come in, and what can be done with each. */
export function People({ room, tiles, attempt, onClose }: Props) {
  const { tools } = useTexts();
  const [chosen, setChosen] = useState<string>();
  const peer = chosen === undefined ? undefined : room.peers.get(chosen);
  const choose = room.may('moderate') ? (peer: RemotePeer) => setChosen(peer.id) : undefined;
  return (
    <Panel title={tools.people} class="people" onClose={onClose}>
      {room.waiting.length > 0 && (
        <Lobby
          waiting={room.waiting}
          onAdmit={(user) => attempt(() => room.moderation.admit(user))}
          onRefuse={(user) => attempt(() => room.moderation.refuse(user))}
        />
      )}
      <ul>
        {sortPeople(tiles).map((tile) => (
          <Person
            key={tile.key}
            tile={tile}
            type={tile.peer?.userType ?? room.user?.type ?? ''}
            held={heldOf(room, tile.peer)}
            onChoose={choose}
          />
        ))}
      </ul>
      {peer && <HostDialog room={room} peer={peer} attempt={attempt} onClose={() => setChosen(undefined)} />}
    </Panel>
  );
}

interface LobbyProps {
  waiting: readonly WaitingUser[];
  onAdmit: (user: WaitingUser) => void;
  onRefuse: (user: WaitingUser) => void;
}

function Lobby({ waiting, onAdmit, onRefuse }: LobbyProps) {
  const { lobby } = useTexts();
  return (
    <section class="lobby" aria-label={lobby.title}>
      <h3>{lobby.title}</h3>
      <ul>
        {waiting.map((user) => (
          <li key={user.id}>
            <span class="name who" dir="auto">
              {user.name}
            </span>
            <button type="button" class="quiet-button" onClick={() => onRefuse(user)}>
              {lobby.refuse} <span class="unseen">{user.name}</span>
            </button>
            <button type="button" class="primary" onClick={() => onAdmit(user)}>
              {lobby.admit} <span class="unseen">{user.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface PersonProps {
  tile: TileInfo;
  type: string;
  held: readonly Holdable[];
  onChoose: ((peer: RemotePeer) => void) | undefined;
}

function Person({ tile: { name, muted, hand, peer }, type, held, onChoose }: PersonProps) {
  const { call, roles, host } = useTexts();
  return (
    <li>
      <Avatar name={name} size={36} />
      <p class="who">
        <span class="name" dir="auto">
          {name}
        </span>
        <span class="quiet">{peer?.reconnecting ? call.comingBack : (roles[type] ?? type)}</span>
        {held.map((source) => (
          <span key={source} class="quiet">
            {host.held[source]}
          </span>
        ))}
      </p>
      {hand && <Icon name="hand" label={call.handRaised} />}
      {muted && <Icon name="mic" off label={call.muted} />}
      {peer && onChoose && (
        <button
          type="button"
          class="icon-button"
          aria-label={host.actionsFor(name)}
          onClick={() => onChoose(peer)}
        >
          <Icon name="more" />
        </button>
      )}
    </li>
  );
}

/** What hosts hold of a person, for hosts and for the person. */
function heldOf(room: Room, peer: RemotePeer | undefined): Holdable[] {
  if (peer && !room.may('moderate')) return [];
  const muted = new Set(peer ? peer.mutedSources : room.mutedSources);
  return HOLDABLE.filter((source) => muted.has(source));
}

/** Raised hands first, the earliest on top; then our own, and the others by name. */
export function sortPeople(tiles: readonly TileInfo[]): TileInfo[] {
  const rank = ({ peer, hand }: TileInfo) => (hand ? (peer?.handRaisedAt ?? 0) : Number.POSITIVE_INFINITY);
  return tiles
    .filter(({ kind }) => kind === 'person')
    .sort(
      (a, b) =>
        compare(rank(a), rank(b)) ||
        Number(a.peer !== undefined) - Number(b.peer !== undefined) ||
        a.name.localeCompare(b.name),
    );
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
