import 'antd/dist/reset.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/doors.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app/App';
import { SettingsProvider } from './app/settings';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SettingsProvider>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </SettingsProvider>
    </StrictMode>,
  );
}
