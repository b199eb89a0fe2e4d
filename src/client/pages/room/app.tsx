import { useContext, useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { addressOfRoom, type Invitation } from './address.ts';
import { After } from './after.tsx';
import { Before } from './before.tsx';
import { Call } from './call.tsx';
import { useEntrance } from './entrance.ts';
import { NoticeList, type Notices, useNotices } from './notices.tsx';
import { OwnMedia } from './own-media.ts';
import { captureSentence, mayJoinAgain, sentenceFor } from './sentences.ts';
import { SettingsContext, useSettings } from './settings.ts';
import { TextsContext, useTexts } from './texts/language.ts';
import type { Texts } from './texts/texts.ts';
import { useDevices } from './use-devices.ts';

const TIME_OF_DAY = { hour: '2-digit', minute: '2-digit' } as const;

/** The page: before a call, the call, and after it. */
export function App({ invitation, texts }: { invitation: Invitation; texts: Texts }) {
  const settings = useSettings();
  return (
    <TextsContext.Provider value={texts}>
      <SettingsContext.Provider value={settings}>
        <Page invitation={{ ...invitation, name: invitation.name || settings.settings.name }} />
      </SettingsContext.Provider>
    </TextsContext.Provider>
  );
}

function Page({ invitation }: { invitation: Invitation }) {
  const texts = useTexts();
  const { settings, change } = useContext(SettingsContext);
  const notices = useNotices();
  const [media] = useState(() => new OwnMedia(settings));
  const { state, room, failure, asked, endsAt, join, goBack } = useEntrance(invitation, media);
  const devices = useDeviceNews(media, notices);
  const sentence = failure === undefined ? undefined : sentenceFor(failure, texts);

  // The same link will not work when it is tried again: there is nothing to dress up for.
  const hopeless = failure !== undefined && !mayJoinAgain(failure);

  useEffect(() => {
    if (hopeless) media.stop();
  }, [hopeless]);
  useLayoutEffect(() => {
    document.documentElement.dataset.state = state;
  }, [state]);
  useEffect(() => {
    const failures = [media.mic, media.camera].flatMap(({ kind, failure }) =>
      failure === undefined ? [] : [[kind, failure] as const],
    );
    const text = captureSentence(new Map(failures), texts);
    if (state === 'joined' && text) notices.show('own', { text, tone: 'problem' });
  }, [state === 'joined']);

  useEffect(() => {
    if (!endsAt || state !== 'joined') return;
    const time = endsAt.toLocaleTimeString(document.documentElement.lang, TIME_OF_DAY);
    notices.show('end', { text: texts.call.endsAt(time), tone: 'problem' });
    return () => notices.drop('end');
  }, [endsAt, state]);

  const enter = (asked: Invitation) => {
    if (asked.token === undefined) {
      change({ name: asked.name });
      history.replaceState(null, '', addressOfRoom(location.href, asked.room));
    }
    join(asked);
  };
  return (
    <>
      {room && (state === 'joined' || state === 'reconnecting') ? (
        <Call
          room={room}
          media={media}
          devices={devices}
          notices={notices}
          name={room.user?.name ?? asked.name}
          roomName={room.name ?? asked.room}
          canInvite={asked.token === undefined}
          reconnecting={state === 'reconnecting'}
        />
      ) : state === 'left' || hopeless ? (
        <After
          title={state === 'left' ? texts.page.callOver : texts.page.noEntry}
          sentence={sentence ?? ''}
          onAgain={hopeless ? undefined : goBack}
        />
      ) : (
        <Before
          invitation={asked}
          media={media}
          devices={devices}
          phase={state === 'joining' || state === 'waiting' ? state : 'idle'}
          onGiveUp={() => room?.leave()}
          problem={sentence}
          onJoin={enter}
        />
      )}
      <NoticeList notices={notices} />
    </>
  );
}

/** What there is to choose from, and a word when that changes. */
function useDeviceNews(media: OwnMedia, notices: Notices) {
  const { devices: texts } = useTexts();
  const { change } = useContext(SettingsContext);
  useEffect(
    () =>
      media.on('lost', (kind, label) => {
        const text = `${texts.lost[kind]}: ${label === undefined ? texts.noneLeft : texts.nowUsing(label)}.`;
        notices.show('device', { text, tone: label === undefined ? 'problem' : 'news' });
      }),
    [media],
  );
  return useDevices(media, (kind, { id, label }) => {
    const use = () => {
      change({ [kind]: id });
      if (kind !== 'speaker') void media[kind].choose(id);
    };
    notices.show('device', { text: texts.plugged(label), action: { label: texts.use, run: use } });
  });
}
