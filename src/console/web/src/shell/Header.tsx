import { Link, NavLink, useNavigate } from 'react-router';
import { post } from '../app/http';
import type { Key } from '../app/text';
import { useWords } from '../app/words';
import { useLive } from '../live/live';
import { Mark } from '../parts/Mark';
import { LangSwitch, ThemeSwitch } from '../parts/Switches';

const LINKS: { to: string; title: Key }[] = [
  { to: '/', title: 'console.overview.title' },
  { to: '/alerts', title: 'console.alerts.title' },
  { to: '/assets', title: 'console.assets.title' },
  { to: '/topology', title: 'console.topology.title' },
  { to: '/baseline', title: 'console.baseline.title' },
  { to: '/catalogue', title: 'console.detection.title' },
  { to: '/analyses', title: 'console.analyses.short' },
  { to: '/report', title: 'console.report.short' },
];

export function Header({ user }: { user: string }) {
  const { t } = useWords();
  const navigate = useNavigate();
  // Whether or not the sensor heard it, this browser leaves.
  const logOut = () => void post('/api/v1/logout', {}).catch(() => undefined).finally(() => void navigate('/login'));
  return (
    <header className="header">
      <div className="header-row">
        <Link to="/" className="header-name">
          <Mark size={26} />
          <span>{t('console.product')}</span>
        </Link>
        <nav className="header-nav" aria-label={t('console.nav')}>
          {LINKS.map(({ to, title }) => (
            <NavLink key={to} to={to} end={to === '/'}>
              {t(title)}
              {to === '/alerts' && <NewAlerts />}
            </NavLink>
          ))}
        </nav>
        <div className="header-tools">
          <LangSwitch className="header-button" />
          <ThemeSwitch className="header-button" />
          <span className="header-user" title={t('console.login.user')}>
            {user}
          </span>
          <button type="button" className="header-button" onClick={logOut}>
            {t('console.logout')}
          </button>
        </div>
      </div>
    </header>
  );
}

/** How many alerts nobody has taken note of. */
function NewAlerts() {
  const { count, number } = useWords();
  const fresh = useLive().overview?.alerts.new ?? 0;
  if (fresh === 0) return null;
  return (
    <span className="header-badge">
      <span aria-hidden="true">{number(fresh)}</span>
      <span className="visually-hidden">{count('console.alerts.need', fresh)}</span>
    </span>
  );
}
