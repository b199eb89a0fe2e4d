import type { Challenges } from './challenges.ts';

export interface AcmeOptions {
  domain: string;
  /** Where the authority writes to, as before a certificate ends. */
  email: string | undefined;
  /** The authority's directory (RFC 8555 section 7.1.1). */
  directoryUrl: string;
  /** How it checks that the domain is this server's. */
  challenge: 'http-01' | 'tls-alpn-01';
}

/** A new key for an account or a certificate, as PEM. */
export async function createKey(): Promise<string> {
  const { crypto } = await loadClient();
  return String(await crypto.createPrivateEcdsaKey());
}

/**
 * Orders a certificate over ACME (RFC 8555), answers the authority's challenge, and returns the certificate with its chain
 * and its key, as PEM. Throws what the authority or the network says.
 */
export async function orderCertificate(
  { domain, email, directoryUrl, challenge: type }: AcmeOptions,
  { accountKey, challenges }: { accountKey: string; challenges: Challenges },
): Promise<{ cert: string; key: string }> {
  const { Client, crypto } = await loadClient();
  const [key, csr] = await crypto.createCsr({ altNames: [domain] }, await createKey());
  const ends = new Map<string, () => void>();
  const cert = await new Client({ directoryUrl, accountKey }).auto({
    csr,
    ...(email !== undefined && { email }),
    termsOfServiceAgreed: true,
    challengePriority: [type],
    // The client would check from inside, where the public address may not be reachable.
    skipChallengeVerification: true,
    challengeCreateFn: async (authorization, { token }, keyAuthorization) => {
      if (type === 'http-01') {
        ends.set(token, challenges.answerHttp(token, keyAuthorization));
        return;
      }
      const [alpnKey, alpnCert] = await crypto.createAlpnCertificate(authorization, keyAuthorization);
      ends.set(token, challenges.answerHandshake({ key: alpnKey, cert: alpnCert }));
    },
    challengeRemoveFn: async (_authorization, { token }) => ends.get(token)?.(),
  });
  return { cert, key: String(key) };
}

/** Loaded on demand, as few servers need it. */
function loadClient(): Promise<typeof import('acme-client')> {
  return import('acme-client');
}
