import { Link } from 'react-router';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { SEVERITIES, SeverityShape } from '../parts/SeverityMark';

/** Open alerts by severity; each tile leads to its list. */
export function SeverityTiles({ alerts }: { alerts: Schema<'OpenAlerts'> }) {
  const { t, number } = useWords();
  return (
    <nav className="tiles" aria-label={t('console.tiles')}>
      {SEVERITIES.map((severity) => (
        <Link key={severity} to={`/alerts?severity=${severity}`} className={`tile severity-${severity} ${alerts[severity] === 0 ? 'tile-none' : ''}`}>
          <SeverityShape severity={severity} size={22} />
          <span className="tile-word">{t(`severity.${severity}`)}</span>
          <span className="tile-number">{number(alerts[severity])}</span>
        </Link>
      ))}
    </nav>
  );
}
