/** What an address says of how to join. */
export interface Invitation {
  room: string;
  name: string;
  userType: string;
  /** Whether to join without being asked to. */
  joinAtOnce: boolean;
  token?: string;
}

/** What an address says of the page itself. */
export interface Wishes {
  /** The address as it may be seen. */
  withoutToken: string;
  /** Instead of the browser's: `lang=de`. */
  language?: string;
  /** Instead of the language's: `dir=rtl`. */
  direction?: 'ltr' | 'rtl';
}

const DEFAULT_ROOM = 'default';
const DEFAULT_USER_TYPE = 'presenter';

/**
 * Reads `?room=R&name=N&user_type=T&join=1#token=…`. What a token says of the room and the user counts, whatever the
 * address says beside it.
 */
export function readAddress(href: string): Invitation & Wishes {
  const url = new URL(href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const token = fragment.get('token') || undefined;
  fragment.delete('token');
  if (token !== undefined) url.hash = fragment.toString();
  const claims = token === undefined ? {} : readClaims(token);
  const query = url.searchParams;
  const [language, direction] = [query.get('lang'), query.get('dir')];
  return {
    room: claims.room ?? (query.get('room') || DEFAULT_ROOM),
    name: claims.name ?? query.get('name') ?? '',
    userType: claims.user_type ?? (query.get('user_type') || DEFAULT_USER_TYPE),
    joinAtOnce: query.get('join') === '1',
    ...(token !== undefined && { token }),
    withoutToken: url.href,
    ...(language && { language }),
    ...((direction === 'ltr' || direction === 'rtl') && { direction }),
  };
}

/** The page's address with the room that was typed in, so that a copied link or a reload leads there. */
export function addressOfRoom(href: string, room: string): string {
  const url = new URL(href);
  url.searchParams.set('room', room);
  return url.href;
}

/** The claims of a token that the page shows. Whether they are true is for the server to say. */
function readClaims(token: string): { room?: string; name?: string; user_type?: string } {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
    return {
      room: textOf(claims.room) ?? DEFAULT_ROOM,
      name: textOf(claims.name) ?? textOf(claims.user_id) ?? '',
      user_type: textOf(claims.user_type) ?? 'guest',
    };
  } catch {
    return {};
  }
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}
