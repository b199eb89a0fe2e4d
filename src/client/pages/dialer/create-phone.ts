import type { Login } from '../../phone/login.ts';
import { Phone } from '../../phone/phone.ts';
import type { Settings } from './remembered.ts';
import type { Server, TelephonyConfig } from './server.ts';

/**
 * A softphone as the server has it, which is not connected yet.
 * @param onTokenFailure is told why there is no login token: the softphone has a sentence of it alone
 */
export async function createPhone(
  config: TelephonyConfig,
  server: Server,
  { mic, speaker }: Settings,
  onTokenFailure: (error: unknown) => void,
): Promise<Phone> {
  const phone = new Phone({
    login: config.login === 'token' ? tokensOf(server, onTokenFailure) : await server.credentials(),
    watchdogInterval: config.check_seconds * 1000,
    ...(config.host !== undefined && { host: config.host }),
    ...(config.ice_servers && { iceServers: config.ice_servers }),
  });
  if (mic) await phone.setMicrophone(mic);
  if (speaker) await phone.setSpeaker(speaker);
  return phone;
}

function tokensOf(server: Server, onTokenFailure: (error: unknown) => void): Login {
  return {
    getToken: async (options) => {
      try {
        return await server.loginToken(options);
      } catch (error) {
        onTokenFailure(error);
        throw error;
      }
    },
  };
}
