import { Icon } from './icons.tsx';
import type { Box } from './layout.ts';
import { OwnVideo, RemoteVideo } from './media.tsx';
import type { Quality } from './quality.ts';
import { useTexts } from './texts/language.ts';
import type { TileInfo } from './tiles.ts';

interface Props {
  tile: TileInfo;
  box: Box;
  speaking: boolean;
  quality: Quality | undefined;
  pinned: boolean;
  /** Undefined where there is nothing to choose from. */
  onPin: (() => void) | undefined;
}

/** Narrower tiles have smaller marks, in CSS pixels. */
const SMALL = 132;
/** Narrower ones have no room for a name beside the marks. */
const TINY = 72;

/** A person, or a screen: picture, name, and marks. */
export function Tile({ tile, box, speaking, quality, pinned, onPin }: Props) {
  const { kind, name, peer, muted, hand } = tile;
  const { call } = useTexts();
  const classes = [
    'tile',
    kind,
    !peer && 'own',
    speaking && 'speaking',
    hand && 'hand-up',
    Math.min(box.width, box.height * 1.5) < SMALL && 'small',
    box.width < TINY && 'tiny',
  ];
  const mark = quality && quality.level !== 'good' ? quality : undefined;
  return (
    <li class={classes.filter(Boolean).join(' ')} style={styleOf(box)} title={name}>
      <Picture tile={tile} size={Math.min(box.width, box.height)} />
      <p class="label">
        {hand && <Icon name="hand" label={call.handRaised} />}
        {muted && kind === 'person' && <Icon name="mic" off label={call.muted} />}
        <span class="name" dir="auto">
          {name}
        </span>
        {speaking && <span class="unseen">{call.speaking}</span>}
      </p>
      {mark && mark.level !== 'good' && (
        <p class={`network ${mark.level}`} title={call.network[mark.level](mark.loss, mark.roundTrip)}>
          <Icon name="network" label={call.network[mark.level](mark.loss, mark.roundTrip)} />
        </p>
      )}
      {peer?.reconnecting && <p class="away">{call.comingBack}</p>}
      {onPin && (
        <button
          type="button"
          class="icon-button pin"
          aria-pressed={pinned}
          aria-label={pinned ? call.unpin(name) : call.pin(name)}
          onClick={onPin}
        >
          <Icon name="pin" />
        </button>
      )}
    </li>
  );
}

function Picture({ tile: { source, track, kind, name }, size }: { tile: TileInfo; size: number }) {
  if (source) return <RemoteVideo source={source} />;
  if (track) return <OwnVideo track={track} source={kind === 'screen' ? 'screen' : 'camera'} />;
  return <Avatar name={name} size={Math.min(Math.max(size * 0.42, 28), 128)} />;
}

/** @param size in CSS pixels */
export function Avatar({ name, size }: { name: string; size: number }) {
  const { text, hue } = initialsOf(name);
  return (
    <div
      class={`avatar hue-${hue}`}
      aria-hidden="true"
      style={{ width: `${size}px`, fontSize: `${size * 0.38}px` }}
    >
      {text}
    </div>
  );
}

/** Letters for who has no picture, and which of six colours goes with the name. */
export function initialsOf(name: string): { text: string; hue: number } {
  const letters = name.split(/\s+/).map((word) => [...word].find((one) => /[\p{L}\p{N}]/u.test(one)) ?? '');
  const text = letters.filter(Boolean).slice(0, 2).join('').toUpperCase() || '?';
  const sum = [...name].reduce((sum, one) => sum + (one.codePointAt(0) ?? 0), 0);
  return { text, hue: sum % 6 };
}

/** From the start, so that a page from right to left is mirrored. */
function styleOf({ x, y, width, height }: Box) {
  return { insetInlineStart: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` };
}
