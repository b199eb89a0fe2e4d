import type { Notices } from './notices.tsx';

/** Copies the address of the page, which never has a token in it, without what it says of ourselves. */
export async function copyInvitation(
  notices: Notices,
  texts: { copied: string; notCopied: string },
): Promise<void> {
  const link = new URL(location.href);
  for (const key of ['name', 'join', 'user_type']) link.searchParams.delete(key);
  try {
    await navigator.clipboard.writeText(link.href);
    notices.show('invite', { text: texts.copied });
  } catch {
    notices.show('invite', { text: texts.notCopied });
  }
}
