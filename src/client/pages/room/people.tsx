import { Icon } from './icons.tsx';
import { Panel } from './panel.tsx';
import { useTexts } from './texts/language.ts';
import { Avatar } from './tile.tsx';
import type { TileInfo } from './tiles.ts';

interface Props {
  /** Of people; screens are left out. */
  tiles: readonly TileInfo[];
  ownType: string;
  onClose: () => void;
}

/** Everyone in the call: raised hands first, in the order in which they went up. */
export function People({ tiles, ownType, onClose }: Props) {
  const { tools } = useTexts();
  return (
    <Panel title={tools.people} class="people" onClose={onClose}>
      <ul>
        {sortPeople(tiles).map((tile) => (
          <Person key={tile.key} tile={tile} type={tile.peer?.userType ?? ownType} />
        ))}
      </ul>
    </Panel>
  );
}

function Person({ tile: { name, muted, hand, peer }, type }: { tile: TileInfo; type: string }) {
  const { call, roles } = useTexts();
  return (
    <li>
      <Avatar name={name} size={36} />
      <p class="who">
        <span class="name" dir="auto">
          {name}
        </span>
        <span class="quiet">{peer?.reconnecting ? call.comingBack : (roles[type] ?? type)}</span>
      </p>
      {hand && <Icon name="hand" label={call.handRaised} />}
      {muted && <Icon name="mic" off label={call.muted} />}
    </li>
  );
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
