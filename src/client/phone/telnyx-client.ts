import { TelnyxRTC } from '@telnyx/webrtc';

type LoginOptions = Parameters<TelnyxRTC['login']>[0];

/**
 * Telnyx's SDK without a fault of its version 2.27: when Telnyx refuses a login token (-32000), it logs in again within
 * that login, with the same token, at once and for ever, and tells nobody.
 */
export class TelnyxClient extends TelnyxRTC {
  #loggingIn = 0;

  /** Left out, the repetition ends the login that it is in with error 46001. */
  override async login(options?: LoginOptions): Promise<void> {
    if (this.#loggingIn > 0 && options === undefined) return;
    this.#loggingIn += 1;
    try {
      await super.login(options);
    } finally {
      this.#loggingIn -= 1;
    }
  }
}
