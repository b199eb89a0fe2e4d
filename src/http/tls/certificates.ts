import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A certificate with its chain, and its key, as PEM (RFC 7468). */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  /** The start and the end of its validity, in milliseconds since 1970-01-01 UTC. */
  readonly validFrom: number;
  readonly expiresAt: number;
}

/** Where the server's certificate comes from, now and later. */
export interface Certificates {
  /** Undefined until there is one. */
  readonly current: KeyPair | undefined;
  /** Called with each certificate that takes the place of the current one. */
  on(event: 'changed', listener: (pair: KeyPair) => void): unknown;
  close(): void;
}

/** A certificate or its key cannot be used; the message is a sentence for the operator. */
export class CertificateError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'CertificateError';
  }
}

/**
 * @param names what the two texts are called in errors
 * @throws CertificateError
 */
export function parseKeyPair(
  cert: string,
  key: string,
  names = { cert: 'TLS_CERT', key: 'TLS_KEY' },
): KeyPair {
  const certificate = parse(names.cert, 'a certificate in PEM', () => new X509Certificate(cert));
  const privateKey = parse(names.key, 'a private key in PEM, without a passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(`${names.key}: this is not the key of the certificate in ${names.cert}.`);
  }
  return {
    cert,
    key,
    validFrom: Date.parse(certificate.validFrom),
    expiresAt: Date.parse(certificate.validTo),
  };
}

function parse<T>(name: string, what: string, parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw new CertificateError(`${name}: the file is not ${what}.`, { cause: error });
  }
}
