import '../styles/shell.css';
import '../styles/parts.css';
import { ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { Suspense } from 'react';
import { Outlet } from 'react-router';
import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useSettings } from '../app/settings';
import { useWords } from '../app/words';
import { LiveProvider } from '../live/live';
import { Failure } from '../parts/Failure';
import { Waiting } from '../parts/Waiting';
import { Header } from './Header';
import { LostLine } from './LostLine';
import { themeOf } from './theme';

/** The frame of every page behind the login. */
export default function Shell() {
  const { lang, theme } = useSettings();
  const { t } = useWords();
  const session = useLoad('session', (signal) => get('/api/v1/session', { signal }));

  if (session.error !== null && !session.data) return <Failure error={session.error} onRetry={session.reload} />;
  if (!session.data) return <Waiting />;
  return (
    <ConfigProvider theme={themeOf(theme)} locale={lang === 'zh' ? zhCN : enUS} button={{ autoInsertSpace: false }}>
      <LiveProvider>
        <a className="skip" href="#main">
          {t('console.skip')}
        </a>
        <Header user={session.data.user} />
        <LostLine />
        <main className="page" id="main" tabIndex={-1}>
          <Suspense fallback={<Waiting />}>
            <Outlet />
          </Suspense>
        </main>
      </LiveProvider>
    </ConfigProvider>
  );
}
