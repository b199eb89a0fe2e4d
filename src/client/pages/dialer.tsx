/** The script of the softphone's page. */
import { render } from 'preact';
import { agentTokens } from './dialer/agent-tokens.ts';
import { App } from './dialer/app.tsx';
import { Dialer } from './dialer/store.ts';
import './dialer/styles/dialer.css';
import { textsOf } from './dialer/texts/language.ts';
import { readAddress } from './room/address.ts';
import { chooseLanguage } from './room/texts/choose-language.ts';

const { withoutToken, language, direction, token, name } = readAddress(location.href);
// A token in the address would stay in the history, and be passed on with a copied link.
if (token !== undefined) history.replaceState(null, '', withoutToken);

const chosen = chooseLanguage(language ? [language] : navigator.languages);
const texts = textsOf(chosen);
document.documentElement.lang = chosen;
document.documentElement.dir = direction ?? texts.dir;

const agent = name || 'agent';
const dialer = new Dialer(agentTokens(token, agent));
const root = document.getElementById('app');
if (root) render(<App dialer={dialer} texts={texts} agent={agent} />, root);
void dialer.start();
