import { Link } from 'react-router';
import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Ago } from '../parts/Moment';
import { SeverityMark } from '../parts/SeverityMark';
import { StateMark } from '../parts/StateMark';

const SHOWN = 10;

/** What happened to a machine and what it did, the latest first. */
export function AssetAlerts({ id }: { id: string }) {
  const { t, say, count } = useWords();
  const list = useLoad(id, (signal) => get('/api/v1/alerts', { query: { asset: id, size: SHOWN }, signal }));
  const rows = list.data?.items ?? [];
  return (
    <Card title={t('console.alerts.title')} aside={list.data && <span className="weak">{count('console.alerts.found', list.data.total)}</span>}>
      {list.data && rows.length === 0 && <p className="weak">{t('console.asset_alerts.none')}</p>}
      <ul className="related">
        {rows.map((row) => (
          <li key={row.id}>
            <SeverityMark severity={row.severity} /> <Link to={`/alerts/${row.id}`}>{say(row.title)}</Link> <StateMark row={row} />{' '}
            <span className="weak">
              <Ago at={row.last} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
