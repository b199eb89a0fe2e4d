import { PhoneIcon } from './icons.tsx';
import type { Subject } from './notices.ts';
import { sentenceOf } from './problems.ts';
import { useTexts } from './texts/language.ts';
import { useDialer } from './use-dialer.ts';

/** What is wrong, each in one sentence with what to do. */
export function ProblemList() {
  const texts = useTexts();
  const dialer = useDialer();
  return (
    <div class="problems" role="alert">
      {[...dialer.notices.problems].map(([subject, problem]) => (
        <div key={subject} class="problem">
          <PhoneIcon name="alert" />
          <p>{sentenceOf(problem, texts)}</p>
          <Remedy subject={subject} code={problem.code} />
        </div>
      ))}
    </div>
  );
}

/** What a click can do about it. Nothing mends a link. */
function Remedy({ subject, code }: { subject: Subject; code: string }) {
  const { tools } = useTexts();
  const dialer = useDialer();
  if (subject === 'network' || subject === 'events' || /^(token_|forbidden$)/.test(code)) return null;
  if (subject === 'action') {
    return (
      <button
        type="button"
        class="icon-button"
        aria-label={tools.dismiss}
        onClick={() => dialer.notices.set(subject, undefined)}
      >
        <PhoneIcon name="close" />
      </button>
    );
  }
  const again = () => (subject === 'microphone' ? dialer.checkMicrophone() : dialer.start());
  return (
    <button type="button" class="quiet-button" onClick={() => void again()}>
      {tools.tryAgain}
    </button>
  );
}
