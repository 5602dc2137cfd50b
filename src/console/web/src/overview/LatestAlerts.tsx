import { Link } from 'react-router';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { useAlertNews } from '../live/live';
import { Card } from '../parts/Card';
import { Failure } from '../parts/Failure';
import { Ago } from '../parts/Moment';
import { SeverityMark } from '../parts/SeverityMark';

type AlertRow = Schema<'AlertRow'>;

const SHOWN = 6;

/** The latest open alerts; they come and go while somebody looks. */
export function LatestAlerts() {
  const { t, say, count } = useWords();
  const query = { state: 'new,acknowledged', size: SHOWN };
  const list = useLoad('latest', (signal) => get('/api/v1/alerts', { query, signal }));
  useAlertNews({
    onAlert: (row) => list.set(({ total, items }) => ({ total, items: withRow(items, row) })),
    onReload: list.reload,
  });
  const items = list.data?.items ?? [];
  return (
    <Card title={t('console.latest.title')} aside={<Link to="/alerts">{t('console.latest.all')}</Link>}>
      {list.error !== null && <Failure error={list.error} onRetry={list.reload} />}
      {list.data && items.length === 0 && <p className="weak">{t('console.latest.none')}</p>}
      <ul className="latest">
        {items.map((row) => (
          <li key={row.id}>
            <SeverityMark severity={row.severity} />
            <Link to={`/alerts/${row.id}`} className="latest-title">
              {say(row.title)}
            </Link>
            <span className="weak latest-aside">
              {row.count > 1 && <span>{count('console.times', row.count)} · </span>}
              <Ago at={row.last} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The rows with one that is new or changed, the latest first. */
function withRow(rows: AlertRow[], row: AlertRow): AlertRow[] {
  const others = rows.filter((other) => other.id !== row.id);
  const all = row.state === 'closed' ? others : [row, ...others];
  return all.sort((a, b) => b.last.localeCompare(a.last)).slice(0, SHOWN);
}
