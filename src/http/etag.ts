/**
 * Whether the client has this entity already: `If-None-Match` (RFC 9110 section 13.1.2), which compares weakly and may
 * have a list.
 */
export function isFresh(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
