import { createSecureContext, type SecureContext } from 'node:tls';

/** The answers to what a certificate authority asks this server at this moment (RFC 8555 section 8). */
export class Challenges {
  readonly #texts = new Map<string, string>();
  #context: SecureContext | undefined;

  /** The text for `http-01` (RFC 8555 section 8.3). */
  text(token: string): string | undefined {
    return this.#texts.get(token);
  }

  /** The certificate for `tls-alpn-01` (RFC 8737). */
  get context(): SecureContext | undefined {
    return this.#context;
  }

  /** Returns what ends the challenge. */
  answerHttp(token: string, text: string): () => void {
    this.#texts.set(token, text);
    return () => void this.#texts.delete(token);
  }

  /** Returns what ends the challenge. */
  answerHandshake(pair: { cert: string | Buffer; key: string | Buffer }): () => void {
    const context = createSecureContext(pair);
    this.#context = context;
    return () => {
      if (this.#context === context) this.#context = undefined;
    };
  }
}
