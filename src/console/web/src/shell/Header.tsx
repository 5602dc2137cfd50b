import { post } from '../app/http';
import { Link, go, usePlace } from '../app/router';
import type { Key } from '../app/text';
import { useWords } from '../app/words';
import { useLive } from '../live/live';
import { Mark } from '../parts/Mark';
import { LangSwitch, ThemeSwitch } from '../parts/Switches';

const LINKS: { to: string; title: Key }[] = [
  { to: '/', title: 'console.overview.title' },
  { to: '/alerts', title: 'console.alerts.title' },
  { to: '/assets', title: 'console.assets.title' },
  { to: '/report', title: 'console.report.title' },
];

export function Header({ user }: { user: string }) {
  const { t, count } = useWords();
  const { path } = usePlace();
  const fresh = useLive().overview?.alerts.new ?? 0;
  const current = `/${path.split('/')[1] ?? ''}`;

  // Whether or not the sensor heard it, this browser leaves.
  const logOut = () => void post('/api/v1/logout', {}).catch(() => undefined).finally(() => go('/login'));
  return (
    <header className="header">
      <Link to="/" className="header-name">
        <Mark size={26} />
        <span>{t('console.product')}</span>
      </Link>
      <nav className="header-nav" aria-label={t('console.nav')}>
        {LINKS.map(({ to, title }) => (
          <Link key={to} to={to} aria-current={to === current ? 'page' : undefined}>
            {t(title)}
            {to === '/alerts' && fresh > 0 && (
              <span className="header-badge" title={count('console.alerts.need', fresh)}>
                {fresh}
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="header-tools">
        <LangSwitch className="header-button" />
        <ThemeSwitch className="header-button" />
        <span className="header-user">{user}</span>
        <button type="button" className="header-button" onClick={logOut}>
          {t('console.logout')}
        </button>
      </div>
    </header>
  );
}
