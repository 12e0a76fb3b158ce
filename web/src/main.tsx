import { render } from 'preact';
import { App } from './App';
import { openSession } from './state/session';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/cards.css';
import './styles/pages.css';
import './styles/talk.css';

const root = document.getElementById('panel');
if (root) render(<App />, root);
void openSession();

if (import.meta.env.PROD && 'serviceWorker' in navigator && isSecureContext) {
  addEventListener('load', () => {
    // Without it the panel works all the same; it only cannot show itself while the hub is away.
    navigator.serviceWorker.register('/sw.js').catch(() => {});
  });
}
