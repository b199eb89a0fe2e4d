import { useEffect, useState } from 'preact/hooks';
import type { OwnMedia } from './own-media.ts';

export type DeviceKind = 'mic' | 'camera' | 'speaker';

export interface DeviceChoice {
  id: string;
  label: string;
}

export type Devices = Readonly<Record<DeviceKind, readonly DeviceChoice[]>>;

const NONE: Devices = { mic: [], camera: [], speaker: [] };
const KINDS = { audioinput: 'mic', videoinput: 'camera', audiooutput: 'speaker' } as const;

/** What there is to choose from; kept up to date while devices come and go. Browsers name them when one is allowed. */
export function useDevices(
  media: OwnMedia,
  onPlugged: (kind: DeviceKind, one: DeviceChoice) => void,
): Devices {
  const [devices, setDevices] = useState(NONE);
  useEffect(() => {
    const { mediaDevices } = navigator;
    if (!mediaDevices) return;
    let known = NONE;
    const look = async (tell: boolean) => {
      const found = sortDevices(await mediaDevices.enumerateDevices());
      if (tell) for (const [kind, one] of newDevices(known, found)) onPlugged(kind, one);
      known = found;
      setDevices(found);
    };
    const onChange = () => void look(true);
    const offMedia = media.on('changed', () => void look(false));
    mediaDevices.addEventListener('devicechange', onChange);
    void look(false);
    return () => {
      offMedia();
      mediaDevices.removeEventListener('devicechange', onChange);
    };
  }, [media]);
  return devices;
}

/** By kind; the browser's aliases of the standard device are left out, as are those that it does not name yet. */
export function sortDevices(infos: readonly Pick<MediaDeviceInfo, 'kind' | 'deviceId' | 'label'>[]): Devices {
  const sorted: Record<DeviceKind, DeviceChoice[]> = { mic: [], camera: [], speaker: [] };
  for (const { kind, deviceId, label } of infos) {
    if (label === '' || ['', 'default', 'communications'].includes(deviceId)) continue;
    sorted[KINDS[kind]].push({ id: deviceId, label });
  }
  return sorted;
}

/** Those that were plugged in; nothing is new while no device of its kind was known. */
export function newDevices(before: Devices, after: Devices): [DeviceKind, DeviceChoice][] {
  return (['mic', 'camera', 'speaker'] as const).flatMap((kind) => {
    const known = new Set(before[kind].map(({ id }) => id));
    if (known.size === 0) return [];
    return after[kind]
      .filter(({ id }) => !known.has(id))
      .map((one): [DeviceKind, DeviceChoice] => [kind, one]);
  });
}
