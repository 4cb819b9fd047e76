import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { openApi } from './api.ts';
import { createStores, StoresContext } from './state/stores.ts';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/cards.css';
import './ui/tickline.css';
import './ui/lists.css';
import './frame.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
const stores = createStores(openApi());
createRoot(root).render(
  <StoresContext value={stores}>
    <App />
  </StoresContext>,
);
