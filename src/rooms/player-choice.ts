/** What a player shows of a room: the screen or the active speaker, and the sound of the loudest. */
import type { Source } from '../protocol/grants.ts';
import type { MediaPublication, Publication } from './publication.ts';

/** What a player asked for, of all that there is. */
export interface PlayerFilter {
  /** A peer or a user, by id. */
  readonly peer?: string | undefined;
  readonly source?: Source | undefined;
}

/** How loud peers are, by their ids. */
export interface Loudness {
  readonly active: string | null;
  readonly levels: readonly { readonly peerId: string; readonly level: number }[];
}

interface Options {
  filter: PlayerFilter;
  loudness: Loudness;
  /** How many sections the player has of each kind. */
  places: Readonly<Record<'audio' | 'video', number>>;
  /** What it plays at this moment: it goes on where nothing is better. */
  playing: ReadonlySet<Publication>;
  /** Whether it can be sent another stream in the place of one that goes on. */
  isSwitchable: boolean;
}

/** Without one that was asked for, these are played: a screen with its sound goes before cameras. */
const ORDER: readonly Source[] = ['screen', 'screen-audio', 'camera', 'mic'];

/** Chooses what is played, at most so much of each kind as there are places. */
export function choosePlayed(publications: readonly Publication[], options: Options): Set<Publication> {
  const { filter, places } = options;
  const media = publications.filter((publication) => publication.kind !== 'data');
  const matching = media.filter((publication) => matches(publication, filter));
  return new Set(
    (['video', 'audio'] as const).flatMap((kind) => {
      const ofKind = matching.filter((publication) => publication.kind === kind);
      return ofKind.toSorted((a, b) => rank(b, options) - rank(a, options)).slice(0, places[kind]);
    }),
  );
}

function matches({ peerId, userId, source }: MediaPublication, filter: PlayerFilter): boolean {
  const isPeer = filter.peer === undefined || filter.peer === peerId || filter.peer === userId;
  return isPeer && (filter.source === undefined || isOfSource(source, filter.source));
}

/** Who asks for a camera wants its microphone too, and who asks for a screen, its sound. */
function isOfSource(source: Source, wanted: Source): boolean {
  if (wanted === 'camera') return source === 'camera' || source === 'mic';
  if (wanted === 'screen') return source === 'screen' || source === 'screen-audio';
  return source === wanted;
}

/** What flows goes before what is paused, then the source, the active speaker, what is playing, and the loudest. */
function rank(publication: MediaPublication, { loudness, playing, isSwitchable }: Options): number {
  const { peerId, source, producer, kind } = publication;
  const level = loudness.levels.find((entry) => entry.peerId === peerId)?.level ?? -127;
  const flows = producer.paused ? 0 : 10_000;
  // Sound of a screen is heard where there is a place beside the one who speaks.
  const bySource = kind === 'video' ? 1000 * (ORDER.length - ORDER.indexOf(source)) : 0;
  const active = loudness.active === peerId ? 500 : 0;
  const stays = playing.has(publication) ? (isSwitchable ? 200 : 100_000) : 0;
  return flows + bySource + active + stays + (level + 127) / 127;
}
