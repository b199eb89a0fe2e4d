/** A call of the Telnyx SDK, as far as the softphone uses it: its own type would bring the whole SDK into ours. */
export interface SdkCall {
  readonly id: string;
  readonly state: string;
  readonly cause: string;
  readonly options: {
    destinationNumber?: string;
    remoteCallerNumber?: string;
    telnyxCallControlId?: string;
    telnyxSessionId?: string;
    telnyxLegId?: string;
  };
  readonly remoteStream: MediaStream;
  answer(params: { remoteElement: HTMLAudioElement }): Promise<void>;
  hangup(): Promise<void>;
  hold(): Promise<unknown>;
  unhold(): Promise<unknown>;
  muteAudio(): void;
  unmuteAudio(): void;
  dtmf(digit: string): void;
  setAudioInDevice(deviceId: string, muted?: boolean): Promise<void>;
}
