/** The script of the room page. */
import { render } from 'preact';
import { readAddress } from './room/address.ts';
import { App } from './room/app.tsx';

const { withoutToken, ...invitation } = readAddress(location.href);
// A token in the address would stay in the history, and be passed on with a copied link.
if (invitation.token !== undefined) history.replaceState(null, '', withoutToken);

const root = document.getElementById('app');
if (root) render(<App invitation={invitation} />, root);
