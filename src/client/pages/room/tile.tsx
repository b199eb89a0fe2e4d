import type { ComponentChildren } from 'preact';
import type { Publication } from '../../publication.ts';
import type { RemotePeer } from '../../remote-peer.ts';
import { Icon } from './icons.tsx';
import { OwnVideo, RemoteVideo } from './media.tsx';

/** The tiles of another peer: its person, and each screen that it shows. */
export function PeerTiles({ peer, speaking }: { peer: RemotePeer; speaking: boolean }) {
  const sources = [...peer.sources.values()];
  const camera = sources.find(({ source, track, paused }) => source === 'camera' && track && !paused);
  const muted = !sources.some(({ source, paused }) => source === 'mic' && !paused);
  const screens = sources.filter(({ source, track }) => source === 'screen' && track);
  return (
    <>
      {screens.map((screen) => (
        <Tile key={screen.id} name={`${peer.name}’s screen`} screen>
          <RemoteVideo source={screen} />
        </Tile>
      ))}
      <Tile name={peer.name} speaking={speaking} muted={muted} hand={peer.handRaisedAt !== null}>
        {camera ? <RemoteVideo source={camera} /> : <Avatar name={peer.name} />}
      </Tile>
    </>
  );
}

/** Our own tiles. */
export function OwnTiles({
  name,
  publications,
  hand,
}: {
  name: string;
  publications: readonly Publication[];
  hand: boolean;
}) {
  const camera = publications.find(({ source }) => source === 'camera');
  const screen = publications.find(({ source }) => source === 'screen');
  const muted = !publications.some(({ source, paused }) => source === 'mic' && !paused);
  return (
    <>
      {screen && (
        <Tile name="Your screen" screen>
          <OwnVideo publication={screen} />
        </Tile>
      )}
      <Tile name={`${name} (you)`} muted={muted} hand={hand} own>
        {camera ? <OwnVideo publication={camera} /> : <Avatar name={name} />}
      </Tile>
    </>
  );
}

interface TileProps {
  name: string;
  speaking?: boolean;
  muted?: boolean;
  hand?: boolean;
  screen?: boolean;
  own?: boolean;
  children: ComponentChildren;
}

function Tile({ name, speaking, muted, hand, screen, own, children }: TileProps) {
  const classes = ['tile', speaking && 'speaking', screen && 'screen', own && 'own']
    .filter(Boolean)
    .join(' ');
  return (
    <li class={classes}>
      {children}
      <p class="label">
        {hand && <Icon name="hand" label="hand raised" />}
        {muted && <Icon name="mic" off label="muted" />}
        <span dir="auto">{name}</span>
      </p>
    </li>
  );
}

function Avatar({ name }: { name: string }) {
  const initials = name.split(/\s+/).map((word) => [...word][0] ?? '');
  return (
    <div class="avatar" aria-hidden="true">
      {initials.slice(0, 2).join('').toUpperCase() || '?'}
    </div>
  );
}
