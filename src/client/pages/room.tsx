/** The script of the room page. */
import { render } from 'preact';
import { readAddress } from './room/address.ts';
import { App } from './room/app.tsx';
import './room/styles/room.css';
import { chooseLanguage } from './room/texts/choose-language.ts';
import { loadTexts } from './room/texts/language.ts';

const { withoutToken, language, direction, ...invitation } = readAddress(location.href);
// A token in the address would stay in the history, and be passed on with a copied link.
if (invitation.token !== undefined) history.replaceState(null, '', withoutToken);

const chosen = chooseLanguage(language ? [language] : navigator.languages);
const texts = await loadTexts(chosen);
document.documentElement.lang = chosen;
document.documentElement.dir = direction ?? texts.dir;

const root = document.getElementById('app');
if (root) render(<App invitation={invitation} texts={texts} />, root);
